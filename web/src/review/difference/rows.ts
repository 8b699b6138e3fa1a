// Everything that the page shows, as one list of rows: only those in sight are drawn.
import type { Schemas } from "../../api/client";
import type { Placed } from "../remarks/placing";
import { spotKey, type Side, type Spot } from "../remarks/spot";
import { gapKey, gapsOf, NOTHING, opened, type Gap, type Revealed } from "./gaps";
import { blocks, hunksOf, type Hunk, type Line } from "./patch";
import { withoutSpace } from "./space";

export type ChangedFile = Schemas["ChangedFile"];

export type Row =
  | { kind: "summary"; key: string }
  | { kind: "file"; key: string; file: ChangedFile; number: number }
  | { kind: "say"; key: string; file: ChangedFile; about: "binary" | "large" | "same" | "space" }
  | { kind: "gap"; key: string; file: ChangedFile; gap: Gap; hidden: number | null }
  | { kind: "line"; key: string; file: ChangedFile; line: Line }
  | { kind: "pair"; key: string; file: ChangedFile; left: Line | null; right: Line | null }
  | { kind: "remark"; key: string; file: ChangedFile; placed: Placed }
  | { kind: "editor"; key: string; file: ChangedFile; spot: Spot }
  | { kind: "end"; key: string };

export interface Shape {
  split: boolean;
  space: boolean;
  /** Files that are shut, by path, and large ones that were asked for. */
  shut: ReadonlySet<string>;
  asked: ReadonlySet<string>;
  revealed: ReadonlyMap<string, ReadonlyMap<string, Revealed>>;
  /** Lines around a change can be fetched: not where the file is gone. */
  placed: readonly Placed[];
  editors: readonly Spot[];
}

/** Changed lines beyond which a file is not shown until it is asked for. */
export const LARGE = 1500;

const parsed = new WeakMap<ChangedFile, Hunk[]>();
const calmed = new WeakMap<ChangedFile, Hunk[]>();

export function fileHunks(file: ChangedFile, space = true): Hunk[] {
  const known = parsed.get(file) ?? hunksOf(file.diff);
  parsed.set(file, known);
  if (space) return known;
  const calm = calmed.get(file) ?? withoutSpace(known);
  calmed.set(file, calm);
  return calm;
}

export function rowsOf(files: readonly ChangedFile[], shape: Shape): Row[] {
  const by = new Map<string, Placed[]>();
  for (const one of shape.placed) if (one.remark.path) put(by, one.spot?.path ?? one.remark.path, one);
  const rows: Row[] = [{ kind: "summary", key: "summary" }];
  files.forEach((file, number) => {
    rows.push({ kind: "file", key: `f ${file.path}`, file, number });
    if (!shape.shut.has(file.path)) inFile(rows, file, shape, [...(by.get(file.path) ?? []), ...(file.was === file.path ? [] : (by.get(file.was) ?? []))]);
  });
  rows.push({ kind: "end", key: "end" });
  return rows;
}

function put(map: Map<string, Placed[]>, key: string, one: Placed): void {
  const list = map.get(key);
  if (list) list.push(one);
  else map.set(key, [one]);
}

function inFile(rows: Row[], file: ChangedFile, shape: Shape, placed: readonly Placed[]): void {
  const key = (what: string) => `${file.path}\0${what}`;
  for (const one of placed) if (!one.spot) rows.push({ kind: "remark", key: key(one.remark.id), file, placed: one });
  const at = new Map<string, Row[]>();
  const hang = (spot: Spot, row: Row) => {
    const where = `${spot.side}:${spot.end}`;
    at.set(where, [...(at.get(where) ?? []), row]);
  };
  for (const one of placed) if (one.spot) hang(one.spot, { kind: "remark", key: key(one.remark.id), file, placed: one });
  for (const spot of shape.editors) if (spot.path === file.path || spot.path === file.was) hang(spot, { kind: "editor", key: `e ${spotKey(spot)}`, file, spot });
  lines(rows, file, shape, at);
  // What stands on a line that is out of sight is shown all the same.
  for (const left of at.values()) rows.push(...left);
}

function lines(rows: Row[], file: ChangedFile, shape: Shape, at: Map<string, Row[]>): void {
  const say = (about: "binary" | "large" | "same" | "space") => rows.push({ kind: "say", key: `${file.path}\0say`, file, about });
  if (file.binary) return void say("binary");
  if ((file.cut || file.added + file.removed > LARGE) && !shape.asked.has(file.path)) return void say("large");
  if (file.cut) return void say("large");
  const hunks = fileHunks(file, shape.space);
  if (!hunks.length) return void say(fileHunks(file).length ? "space" : "same");
  const gaps = file.status === "added" || file.status === "deleted" ? [] : gapsOf(hunks);
  const revealed = shape.revealed.get(file.path);
  hunks.forEach((hunk, index) => {
    const gap = gaps[index];
    if (gap) between(rows, file, shape, at, gap, revealed?.get(gapKey(gap)));
    shownLines(rows, file, shape, at, hunk.lines);
  });
  const last = gaps[hunks.length];
  if (last) between(rows, file, shape, at, last, revealed?.get(gapKey(last)));
}

function between(rows: Row[], file: ChangedFile, shape: Shape, at: Map<string, Row[]>, gap: Gap, revealed: Revealed = NOTHING): void {
  const { top, bottom, hidden } = opened(gap, revealed);
  shownLines(rows, file, shape, at, top);
  if (hidden !== 0) rows.push({ kind: "gap", key: `${file.path}\0gap ${gapKey(gap)}`, file, gap, hidden });
  shownLines(rows, file, shape, at, bottom);
}

function shownLines(rows: Row[], file: ChangedFile, shape: Shape, at: Map<string, Row[]>, shown: readonly Line[]): void {
  const hung = (side: Side, number: number) => {
    const where = `${side}:${number}`;
    const found = number ? at.get(where) : undefined;
    if (!found) return;
    rows.push(...found);
    at.delete(where);
  };
  const one = (line: Line) => {
    rows.push({ kind: "line", key: `${file.path}\0${line.old}:${line.new}`, file, line });
    hung("old", line.old);
    hung("new", line.new);
  };
  if (!shape.split) return shown.forEach(one);
  const two = (left: Line | null, right: Line | null) => {
    rows.push({ kind: "pair", key: `${file.path}\0${left?.old ?? 0}|${right?.new ?? 0}`, file, left, right });
    if (left) hung("old", left.old);
    if (right) hung("new", right.new);
  };
  let run: Line[] = [];
  const settle = () => {
    for (const [went, came] of blocks(run)) for (let index = 0; index < Math.max(went.length, came.length); index += 1) two(went[index] ?? null, came[index] ?? null);
    run = [];
  };
  for (const line of shown) {
    if (line.mark !== " ") run.push(line);
    else {
      settle();
      two(line, line);
    }
  }
  settle();
}
