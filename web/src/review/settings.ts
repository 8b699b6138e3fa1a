// How one likes to read a change; remembered by this browser.
import { useState } from "react";

export interface Settings {
  split: boolean;
  /** White space counts. */
  space: boolean;
  tree: boolean;
}

const KEY = "pullwright.review";
/** Where there is room for one thing only, that is the change: the files come when they are asked for. */
const narrow = window.matchMedia("(max-width: 760px)").matches;
const FIRST: Settings = { split: false, space: true, tree: true };

function stored(): Settings {
  try {
    const kept = { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
    return narrow ? { ...kept, tree: false, split: false } : kept;
  } catch {
    return FIRST;
  }
}

export function useSettings(): [Settings, (change: Partial<Settings>) => void] {
  const [settings, set] = useState(stored);
  const change = (part: Partial<Settings>) => {
    const now = { ...settings, ...part };
    if (!narrow) localStorage.setItem(KEY, JSON.stringify(now));
    set(now);
  };
  return [settings, change];
}
