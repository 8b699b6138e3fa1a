// The terminal's colours are the page's, by meaning, light or dark as it is.
import type { ITheme } from "@xterm/xterm";

export function paletteNow(): ITheme {
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    background: colour("sunken"),
    foreground: colour("text"),
    cursor: colour("accent"),
    cursorAccent: colour("sunken"),
    selectionBackground: colour("accent-soft"),
    black: colour("line-strong"),
    red: colour("bad"),
    green: colour("good"),
    yellow: colour("warn"),
    blue: colour("info"),
    magenta: colour("accent"),
    cyan: colour("info"),
    white: colour("text-soft"),
    brightBlack: colour("text-faint"),
    brightRed: colour("bad"),
    brightGreen: colour("good"),
    brightYellow: colour("warn"),
    brightBlue: colour("info"),
    brightMagenta: colour("accent-strong"),
    brightCyan: colour("info"),
    brightWhite: colour("text"),
  };
}

export function monoFont(): string {
  return getComputedStyle(document.documentElement).getPropertyValue("--mono").trim();
}
