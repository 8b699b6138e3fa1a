// Which words of a line differ from the line that it took the place of.
import { diffWordsWithSpace } from "diff";
import type { Line } from "./patch";

/** From, to (not included) in the line's text. */
export type Range = readonly [number, number];

const LONGEST = 600;
/** Below this share of common letters the lines have nothing to do with each other, and no word is marked. */
const ALIKE = 0.35;

const known = new WeakMap<Line, readonly Range[]>();

export function changedWords(line: Line): readonly Range[] {
  const found = known.get(line);
  if (found) return found;
  if (line.mark === " " || !line.mate) return [];
  const [old, neu] = line.mark === "-" ? [line, line.mate] : [line.mate, line];
  const [went, came] = compare(old.text, neu.text);
  known.set(old, went);
  known.set(neu, came);
  return line === old ? went : came;
}

/** The words that went from `old`, and those that came into `neu`. */
export function compare(old: string, neu: string): [Range[], Range[]] {
  if (old.length > LONGEST || neu.length > LONGEST) return [[], []];
  const [went, came]: [Range[], Range[]] = [[], []];
  let [a, b, common] = [0, 0, 0];
  for (const part of diffWordsWithSpace(old, neu)) {
    const length = part.value.length;
    if (part.removed) grow(went, a, (a += length));
    else if (part.added) grow(came, b, (b += length));
    else {
      a += length;
      b += length;
      common += part.value.trim().length;
    }
  }
  const most = Math.max(old.trim().length, neu.trim().length);
  return most && common / most < ALIKE ? [[], []] : [went, came];
}

function grow(ranges: Range[], from: number, to: number): void {
  const last = ranges.at(-1);
  if (last && last[1] === from) ranges[ranges.length - 1] = [last[0], to];
  else ranges.push([from, to]);
}
