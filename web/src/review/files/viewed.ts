// Which files one has seen, in which form. One that an attempt changes again is to be seen again; the others stay seen.
import { useMemo, useState } from "react";
import type { ChangedFile } from "../difference/rows";

const KEY = "pullwright.viewed";
/** Attempts of which it is remembered. */
const MOST = 40;

type Seen = Record<string, string>;
type Kept = Record<string, { at: number; files: Seen }>;

function stored(): Kept {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "{}") as Kept;
  } catch {
    return {};
  }
}

/** A short mark of what a file's difference says. */
export function markOf(file: ChangedFile): string {
  let hash = 0x811c9dc5;
  const text = file.diff || `${file.status} ${file.mode} ${file.added} ${file.removed} ${file.was_size} ${file.size}`;
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36);
}

/** `view` says what is looked at: an attempt, with or without what was seen before it. */
export function useViewed(view: string, files: readonly ChangedFile[]) {
  const [all, setAll] = useState(stored);
  const seen = all[view]?.files;
  const viewed = useMemo(() => new Set(files.filter((file) => seen?.[file.path] === markOf(file)).map((file) => file.path)), [files, seen]);
  const see = (file: ChangedFile, now: boolean) => {
    const mine: Seen = { ...seen };
    if (now) mine[file.path] = markOf(file);
    else delete mine[file.path];
    const newest = Object.entries({ ...stored(), [view]: { at: Date.now(), files: mine } }).sort(([, a], [, b]) => b.at - a.at);
    const kept = Object.fromEntries(newest.slice(0, MOST));
    localStorage.setItem(KEY, JSON.stringify(kept));
    setAll(kept);
  };
  return { viewed, see };
}
