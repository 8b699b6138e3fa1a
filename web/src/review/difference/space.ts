// The same hunks for who does not care about white space: what differs in that alone counts as unchanged.
import { diffArrays } from "diff";
import { pair, type Hunk, type Line } from "./patch";

const bare = (line: Line) => line.text.replace(/\s+/g, "");
/** Lines beyond which a block is not compared line by line: that would take its square. */
const MOST = 4000;

export function withoutSpace(hunks: readonly Hunk[]): Hunk[] {
  return hunks.map(calmed).filter((hunk) => hunk.lines.some((line) => line.mark !== " "));
}

function calmed(hunk: Hunk): Hunk {
  const lines: Line[] = [];
  let went: Line[] = [];
  let came: Line[] = [];
  const settle = () => {
    lines.push(...compared(went, came));
    went = [];
    came = [];
  };
  for (const line of hunk.lines) {
    if (line.mark === " ") {
      settle();
      lines.push(line);
    } else if (line.mark === "-") {
      if (came.length) settle();
      went.push({ ...line, mate: undefined });
    } else came.push({ ...line, mate: undefined });
  }
  settle();
  pair(lines);
  return { ...hunk, lines };
}

function compared(went: Line[], came: Line[]): Line[] {
  if (!went.length || !came.length || went.length + came.length > MOST) return [...went, ...came];
  const parts = diffArrays(went, came, { comparator: (one, other) => bare(one) === bare(other) });
  const lines: Line[] = [];
  let [old, neu] = [0, 0];
  for (const part of parts) {
    const count = part.value.length;
    if (part.removed) lines.push(...went.slice(old, old + count));
    else if (part.added) lines.push(...came.slice(neu, neu + count));
    else {
      for (let index = 0; index < count; index += 1) {
        const [one, other] = [went[old + index] as Line, came[neu + index] as Line];
        lines.push({ mark: " ", old: one.old, new: other.new, text: other.text, open: other.open });
      }
    }
    if (!part.added) old += count;
    if (!part.removed) neu += count;
  }
  return lines;
}
