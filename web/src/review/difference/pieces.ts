// A line's text cut into pieces that look alike: by syntax, by what changed, and by letters that would not be seen.
import type { Range } from "./words";

/** The first `length` letters from where the last run ended are of the class `kind` (empty: plain). */
export interface Run {
  length: number;
  kind: string;
}

export interface Piece {
  text: string;
  kind: string;
  changed: boolean;
  /** A letter that turns text around or takes no room: shown by its name, since it can make code look like other code. */
  odd: boolean;
}

const ODD = /[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/;
export const LONGEST = 4000;

export function piecesOf(whole: string, runs: readonly Run[], ranges: readonly Range[]): Piece[] {
  const text = whole.length > LONGEST ? whole.slice(0, LONGEST) : whole;
  const cuts = new Set<number>([0, text.length]);
  let at = 0;
  for (const run of runs) cuts.add(Math.min((at += run.length), text.length));
  for (const [from, to] of ranges) cuts.add(Math.min(from, text.length)).add(Math.min(to, text.length));
  if (ODD.test(text)) for (let index = 0; index < text.length; index += 1) if (ODD.test(text[index] as string)) cuts.add(index).add(index + 1);
  const points = [...cuts].sort((a, b) => a - b);
  const pieces: Piece[] = [];
  let [run, ends, range] = [0, runs[0]?.length ?? Infinity, 0];
  for (let index = 0; index + 1 < points.length; index += 1) {
    const [from, to] = [points[index] as number, points[index + 1] as number];
    while (run < runs.length && from >= ends) ends += runs[(run += 1)]?.length ?? Infinity;
    while (range < ranges.length && from >= (ranges[range] as Range)[1]) range += 1;
    const changed = range < ranges.length && from >= (ranges[range] as Range)[0];
    const part = text.slice(from, to);
    pieces.push({ text: part, kind: runs[run]?.kind ?? "", changed, odd: part.length === 1 && ODD.test(part) });
  }
  return pieces;
}

export function nameOf(letter: string): string {
  return `U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
