// What stands between hunks and is not shown until somebody asks.
import type { Hunk, Line } from "./patch";

/** Unchanged lines from `from` to `to` of the new side (null: the file's end is not known yet); the old side's are `shift` later. */
export interface Gap {
  from: number;
  to: number | null;
  shift: number;
  /** The heading of the hunk below. */
  heading: string;
}

/** Lines of a gap that were fetched: those after its upper edge, and those before its lower one. */
export interface Revealed {
  top: readonly string[];
  bottom: readonly string[];
  /** The file's lines, once that is known. */
  total: number | null;
}

export const NOTHING: Revealed = { top: [], bottom: [], total: null };

export function gapKey(gap: Gap): string {
  return `${gap.from}-${gap.to ?? ""}`;
}

/** The gap before each hunk, and the one after the last. */
export function gapsOf(hunks: readonly Hunk[]): Gap[] {
  const gaps: Gap[] = [];
  let [from, shift] = [1, 0];
  for (const hunk of hunks) {
    gaps.push({ from, to: hunk.new - 1, shift: hunk.old - hunk.new, heading: hunk.heading });
    from = hunk.new + hunk.newCount;
    shift = hunk.old + hunk.oldCount - from;
  }
  gaps.push({ from, to: null, shift, heading: "" });
  return gaps;
}

export interface Opened {
  top: Line[];
  bottom: Line[];
  /** How many are still hidden; null: not known. */
  hidden: number | null;
}

const kept = new WeakMap<Revealed, Opened>();

export function opened(gap: Gap, revealed: Revealed): Opened {
  const known = kept.get(revealed);
  if (known && revealed !== NOTHING) return known;
  const line = (number: number, text: string): Line => ({ mark: " ", old: number + gap.shift, new: number, text });
  const to = gap.to ?? revealed.total;
  const top = revealed.top.map((text, index) => line(gap.from + index, text));
  const bottom = revealed.bottom.map((text, index) => line((to ?? 0) - revealed.bottom.length + 1 + index, text));
  const hidden = to === null ? null : Math.max(0, to - gap.from + 1 - top.length - bottom.length);
  const found = { top, bottom, hidden };
  if (revealed !== NOTHING) kept.set(revealed, found);
  return found;
}
