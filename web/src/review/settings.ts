// How one likes to read a change; remembered by this browser.
import { useState } from "react";

export interface Settings {
  split: boolean;
  /** White space counts. */
  space: boolean;
  tree: boolean;
}

const KEY = "pullwright.review";
const FIRST: Settings = { split: false, space: true, tree: true };

function stored(): Settings {
  try {
    return { ...FIRST, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return FIRST;
  }
}

export function useSettings(): [Settings, (change: Partial<Settings>) => void] {
  const [settings, set] = useState(stored);
  const change = (part: Partial<Settings>) => {
    const now = { ...settings, ...part };
    localStorage.setItem(KEY, JSON.stringify(now));
    set(now);
  };
  return [settings, change];
}
