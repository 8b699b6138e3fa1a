// Keys that work wherever no text is being written.
import { useEffect } from "react";

export interface Shortcut {
  /** `c`, `/`, `?`, `mod+k`, or two after each other: `g t`. */
  keys: string;
  about: string;
  run: () => void;
}

const known = new Map<string, Shortcut>();
let before = "";
let at = 0;

function writing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(input|textarea|select)$/i.test(target.tagName));
}

window.addEventListener("keydown", (event) => {
  const mod = event.metaKey || event.ctrlKey;
  const key = mod ? `mod+${event.key.toLowerCase()}` : event.key;
  if (!mod && (writing(event.target) || event.altKey)) return;
  if (document.querySelector("[role=dialog]") && key !== "mod+k") return;
  const chain = performance.now() - at < 900 ? `${before} ${key}` : key;
  const found = known.get(chain) ?? known.get(key);
  before = key;
  at = performance.now();
  if (found) {
    event.preventDefault();
    before = "";
    found.run();
  }
});

/** Shortcuts, for as long as the component that asks for them is shown. */
export function useShortcuts(shortcuts: readonly Shortcut[]): void {
  useEffect(() => {
    for (const shortcut of shortcuts) known.set(shortcut.keys, shortcut);
    return () => shortcuts.forEach((shortcut) => known.get(shortcut.keys) === shortcut && known.delete(shortcut.keys));
  });
}

export function shortcutsNow(): Shortcut[] {
  return [...known.values()];
}
