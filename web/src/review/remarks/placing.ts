// Which line of what is shown a remark belongs to. One that was made of an earlier commit is carried along to where its lines are
// by now; where they changed since, it is outdated and stands above its file.
import type { Hunk } from "../difference/patch";
import type { Remark, Side, Spot } from "./spot";

export interface Placed {
  remark: Remark;
  /** Not sent yet, and one's own. */
  waiting: boolean;
  /** Null: its lines are not there any more. */
  spot: Spot | null;
}

/** What is shown: the change at `head`, over the base or over `since`, an earlier head. */
export interface Shown {
  head: string;
  since: string;
}

/** What changed between an earlier head and the one that is shown, by the file's earlier name. */
export type Carried = ReadonlyMap<string, { path: string; gone: boolean; hunks: readonly Hunk[] }>;

export function place(remark: Remark, waiting: boolean, shown: Shown, carried: ReadonlyMap<string, Carried>): Placed {
  return { remark, waiting, spot: remark.path && remark.line ? spotOf(remark, shown, carried) : null };
}

function spotOf(remark: Remark, shown: Shown, carried: ReadonlyMap<string, Carried>): Spot | null {
  const own = { path: remark.path, side: remark.side as Side, line: remark.line, end: remark.end_line || remark.line };
  if (own.side === "old") return shown.since ? null : own;
  if (remark.head === shown.head) return own;
  if (remark.head === shown.since) return { ...own, side: "old" };
  const moved = carried.get(remark.head);
  if (!moved) return null;
  const file = moved.get(remark.path);
  if (!file) return own;
  if (file.gone) return null;
  const lines: number[] = [];
  for (let line = own.line; line <= own.end; line += 1) {
    const now = carry(file.hunks, line);
    if (now === null) return null;
    lines.push(now);
  }
  return { ...own, path: file.path, line: lines[0] as number, end: lines.at(-1) as number };
}

/** The number that a line has after these changes; null: it was changed itself. */
export function carry(hunks: readonly Hunk[], line: number): number | null {
  let shift = 0;
  for (const hunk of hunks) {
    if (line < hunk.old) break;
    if (line < hunk.old + hunk.oldCount) return hunk.lines.find((one) => one.old === line && one.mark === " ")?.new ?? null;
    shift = hunk.new + hunk.newCount - hunk.old - hunk.oldCount;
  }
  return line + shift;
}
