// What commands printed: as the model was told of it, cut into its parts, folded to head and tail.

const END = /^\[(?:(\d+) )?(?:exit -?\d+|killed by|timed out|still running)[^\n]*\]$/gm;
const KEPT = 200_000;

/** The output of each command of a call, from the one text that the model got. */
export function parts(text: string): string[] {
  const found: string[] = [];
  let from = 0;
  for (const match of text.matchAll(END)) {
    if (!match[1] && match.index + match[0].length < text.trimEnd().length) continue;
    found.push(text.slice(from, match.index));
    from = match.index + match[0].length + 1;
  }
  return found.length ? found : [text];
}

/** A running command's output with one more piece; of a flood its end. */
export function grown(text: string, piece: string): string {
  const whole = text + piece;
  if (whole.length <= KEPT) return whole;
  const from = whole.length - KEPT / 2;
  return whole.slice(whole.indexOf("\n", from) + 1 || from);
}

/** Of a line that was written over, as bars of progress are, only what remained. */
export function remaining(text: string): string {
  if (!text.includes("\r")) return text;
  const last = (line: string) => line.replace(/\r+$/, "").replace(/^[^]*\r/, "");
  return text.split("\n").map(last).join("\n");
}

export interface Folded {
  readonly head: readonly string[];
  readonly tail: readonly string[];
  readonly hidden: number;
}

/** The first and last lines, and how many lie between. */
export function folded(text: string, head: number, tail: number): Folded {
  const whole = text.endsWith("\n") ? text.slice(0, -1) : text;
  if (!whole) return { head: [], tail: [], hidden: 0 };
  const lines = whole.split("\n");
  if (lines.length <= head + tail + 1) return { head: lines, tail: [], hidden: 0 };
  return { head: lines.slice(0, head), tail: lines.slice(-tail), hidden: lines.length - head - tail };
}

const RESET = /^\u001b\[0*m/;
const STYLE = /\u001b\[([0-9;]*)m/g;

/** Lines that each begin with the style in which the one before ended, so that any of them can be shown alone. */
export function styled(text: string): string[] {
  const lines = remaining(text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  if (!text.includes("\u001b[")) return lines;
  let style = "";
  return lines.map((line) => {
    const shown = style + line;
    const last = line.lastIndexOf("\u001b[");
    if (last < 0) return shown;
    // Most coloured lines end plain: then nothing of them has to be read for the next one.
    if (RESET.test(line.slice(last, last + 8))) {
      style = "";
      return shown;
    }
    for (const match of line.matchAll(STYLE)) style = /^0*$/.test(match[1] ?? "") ? "" : style + match[0];
    if (style.length > 100) style = style.slice(style.lastIndexOf("\u001b", style.length - 40));
    return shown;
  });
}
