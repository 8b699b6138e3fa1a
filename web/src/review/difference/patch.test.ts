import { expect, test } from "vitest";
import { gapsOf, opened } from "./gaps";
import { hunksOf } from "./patch";
import { piecesOf } from "./pieces";
import { withoutSpace } from "./space";
import { compare } from "./words";

const SECTION = `diff --git a/a.py b/a.py
--- a/a.py
+++ b/a.py
@@ -8,4 +8,5 @@ def total():
 kept = 1
-old = 2
+new = 2
+more = 3
 end = 4
 last = 5
\\ No newline at end of file
@@ -40,1 +40,0 @@
-@@ -1 +1 @@ not a hunk
`;

test("lines have the numbers of both sides, and a mate", () => {
  const [one, two] = hunksOf(SECTION);
  expect(one?.heading).toBe("def total():");
  expect(one?.lines.map((line) => [line.mark, line.old, line.new])).toEqual([
    [" ", 8, 8],
    ["-", 9, 0],
    ["+", 0, 9],
    ["+", 0, 10],
    [" ", 10, 11],
    [" ", 11, 12],
  ]);
  expect(one?.lines[1]?.mate?.text).toBe("new = 2");
  expect(one?.lines[3]?.mate).toBeUndefined();
  expect(one?.lines[5]?.open).toBe(true);
  expect(two?.lines).toHaveLength(1);
  expect(two?.lines[0]?.text).toBe("@@ -1 +1 @@ not a hunk");
});

test("content cannot pass for structure", () => {
  const [hunk, ...rest] = hunksOf("@@ -1,2 +1,2 @@\n-@@ -5,5 +5,5 @@\n+diff --git a/x b/x\n \u2028 one line\n");
  expect(rest).toEqual([]);
  expect(hunk?.lines.map((line) => line.text)).toEqual(["@@ -5,5 +5,5 @@", "diff --git a/x b/x", "\u2028 one line"]);
});

test("what differs in white space alone counts as unchanged", () => {
  const hunks = hunksOf("@@ -1,3 +1,4 @@\n-if x:\n-  a()\n-  b()\n+if x:\n+    a()\n+    c()\n+    b()\n");
  const [calm] = withoutSpace(hunks);
  expect(calm?.lines.map((line) => line.mark + line.text.trim())).toEqual([" if x:", " a()", "+c()", " b()"]);
  expect(calm?.lines.at(-1)).toMatchObject({ old: 3, new: 4 });
  expect(withoutSpace(hunksOf("@@ -1,1 +1,1 @@\n-a  b\n+a b\n"))).toEqual([]);
});

test("the words that differ", () => {
  const [went, came] = compare("total = price * 2", "total = price * count");
  expect(went).toEqual([[16, 17]]);
  expect(came).toEqual([[16, 21]]);
  expect(compare("import os", "return the answer to it all")).toEqual([[], []]);
});

test("pieces put syntax and changed words over each other, and name letters that would not be seen", () => {
  const text = "let a\u202e = 1";
  const pieces = piecesOf(text, [{ length: 3, kind: "keyword" }, { length: 7, kind: "" }], [[2, 5]]);
  expect(pieces.map((piece) => piece.text).join("")).toBe(text);
  expect(pieces.map((piece) => [piece.text, piece.kind, piece.changed, piece.odd])).toEqual([
    ["le", "keyword", false, false],
    ["t", "keyword", true, false],
    [" a", "", true, false],
    ["\u202e", "", false, true],
    [" = 1", "", false, false],
  ]);
});

test("what is hidden between hunks, and what was revealed of it", () => {
  const hunks = hunksOf(SECTION);
  const [before, between, after] = gapsOf(hunks);
  expect(before).toMatchObject({ from: 1, to: 7, shift: 0 });
  expect(between).toMatchObject({ from: 13, to: 40, shift: -1 });
  expect(after).toMatchObject({ from: 41, to: null, shift: 0 });
  const shown = opened(between as NonNullable<typeof between>, { top: ["a", "b"], bottom: ["z"], total: null });
  expect(shown.top.map((line) => [line.old, line.new])).toEqual([
    [12, 13],
    [13, 14],
  ]);
  expect(shown.bottom[0]).toMatchObject({ old: 39, new: 40 });
  expect(shown.hidden).toBe(25);
});
