// Where a remark stands: lines of a file, on one side of the change.
import type { Schemas } from "../../api/client";

export type Side = "old" | "new";
export type Remark = Schemas["Comment"];

export interface Spot {
  path: string;
  side: Side;
  line: number;
  end: number;
}

export function spotKey({ path, side, line, end }: Spot): string {
  return `${path}\0${side}:${line}-${end}`;
}

/** `12` or `12–14`, as a reader says it. */
export function linesOf({ line, end }: { line: number; end: number }): string {
  return end > line ? `lines ${line} to ${end}` : `line ${line}`;
}

export function spanning(path: string, side: Side, one: number, other: number): Spot {
  return { path, side, line: Math.min(one, other), end: Math.max(one, other) };
}

export function holds(spot: Spot, side: Side, line: number): boolean {
  return spot.side === side && line >= spot.line && line <= spot.end;
}
