import { expect, test } from "vitest";
import { hunksOf } from "../difference/patch";
import { rowsOf, type ChangedFile, type Shape } from "../difference/rows";
import { carry, place, type Carried } from "./placing";
import type { Remark } from "./spot";
import { partsOf, suggestionOf } from "./suggestion";

const DIFF = "@@ -10,3 +10,5 @@\n a\n-b\n+B\n+C\n+D\n c\n";

function remark(more: Partial<Remark>): Remark {
  return { id: "com_1", task_id: "t", attempt_id: "a", review_id: null, user_id: "u", path: "a.py", side: "new", line: 11, end_line: 11, head: "now", text: "?", created: 0, ...more };
}

function file(more: Partial<ChangedFile> = {}): ChangedFile {
  return { path: "a.py", was: "a.py", status: "modified", binary: false, submodule: false, mode: "", added: 3, removed: 1, was_size: null, size: null, cut: false, diff: DIFF, ...more };
}

const SHAPE: Shape = { split: false, space: true, shut: new Set(), asked: new Set(), revealed: new Map(), placed: [], editors: [] };
const shown = { head: "now", since: "" };
const none = new Map<string, Carried>();

test("a line is carried over what changed above it, and lost where it changed itself", () => {
  const hunks = hunksOf(DIFF);
  expect([9, 10, 11, 12, 40].map((line) => carry(hunks, line))).toEqual([9, 10, null, 14, 42]);
});

test("a remark of this head stands where it was made", () => {
  expect(place(remark({}), true, shown, none).spot).toEqual({ path: "a.py", side: "new", line: 11, end: 11 });
});

test("one of an earlier head goes along with its lines, or is outdated", () => {
  const carried = new Map<string, Carried>([["then", new Map([["a.py", { path: "b.py", gone: false, hunks: hunksOf(DIFF) }]])]]);
  expect(place(remark({ head: "then", line: 12, end_line: 13 }), false, shown, carried).spot).toEqual({ path: "b.py", side: "new", line: 14, end: 15 });
  expect(place(remark({ head: "then", line: 10, end_line: 12 }), false, shown, carried).spot).toBeNull();
  expect(place(remark({ head: "then", path: "other.py" }), false, shown, carried).spot?.line).toBe(11);
  expect(place(remark({ head: "never" }), false, shown, carried).spot).toBeNull();
});

test("seen since a head, the remarks of then stand on the old side", () => {
  const since = { head: "now", since: "then" };
  expect(place(remark({ head: "then" }), false, since, none).spot).toMatchObject({ side: "old", line: 11 });
  expect(place(remark({ side: "old" }), false, since, none).spot).toBeNull();
});

test("remarks stand below their last line, outdated ones above the lines", () => {
  const placed = [place(remark({ line: 11, end_line: 12 }), true, shown, none), place(remark({ id: "com_2", head: "gone" }), false, shown, none)];
  const rows = rowsOf([file()], { ...SHAPE, placed });
  const kinds = rows.map((row) => (row.kind === "line" ? `${row.line.mark}${row.line.text}` : row.kind === "remark" ? row.placed.remark.id : row.kind));
  expect(kinds).toEqual(["summary", "file", "com_2", "gap", " a", "-b", "+B", "+C", "com_1", "+D", " c", "gap", "end"]);
});

test("side by side, a block's lines stand beside each other", () => {
  const rows = rowsOf([file()], { ...SHAPE, split: true });
  const pairs = rows.flatMap((row) => (row.kind === "pair" ? [[row.left?.text ?? null, row.right?.text ?? null]] : []));
  expect(pairs).toEqual([
    ["a", "a"],
    ["b", "B"],
    [null, "C"],
    [null, "D"],
    ["c", "c"],
  ]);
});

test("every row has a key of its own, and what is on a hidden line is shown all the same", () => {
  const rows = rowsOf([file(), file({ path: "big.py", was: "big.py", added: 5000 }), file({ path: "x", was: "y" })], {
    ...SHAPE,
    placed: [place(remark({ line: 500, end_line: 500 }), true, shown, none)],
    editors: [{ path: "a.py", side: "old", line: 11, end: 11 }],
  });
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  expect(rows.filter((row) => row.kind === "remark" || row.kind === "editor")).toHaveLength(2);
  expect(rows.find((row) => row.kind === "say")).toMatchObject({ about: "large" });
});

test("a suggested edit is told from words, whatever it holds", () => {
  const block = suggestionOf(["```", "code", "```"]);
  expect(partsOf(`Shorter:\n${block}Please.`)).toEqual([
    { kind: "words", text: "Shorter:" },
    { kind: "edit", text: "```\ncode\n```" },
    { kind: "words", text: "Please." },
  ]);
  expect(partsOf("```suggestion\nnever closed")).toEqual([{ kind: "words", text: "```suggestion\nnever closed" }]);
  expect(partsOf("```suggestion\n```")).toEqual([{ kind: "edit", text: "" }]);
});
