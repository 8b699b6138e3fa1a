import { expect, it } from "vitest";
import { diffLines } from "./diff";

it("numbers the lines of both sides", () => {
  const diff = "--- a/x.py\n+++ b/x.py\n@@ -3,3 +3,3 @@ def f():\n same\n-old\n+new\n same\n";
  expect(diffLines(diff).map((line) => [line.kind, line.old, line.new, line.text])).toEqual([
    ["file", 0, 0, "x.py"],
    ["hunk", 3, 3, "def f():"],
    ["same", 3, 3, "same"],
    ["del", 4, 0, "old"],
    ["add", 0, 4, "new"],
    ["same", 5, 5, "same"],
  ]);
});

it("takes a removed line that looks like a header for a removed line", () => {
  const diff = "--- a/q.sql\n+++ b/q.sql\n@@ -1,2 +1,2 @@\n--- a comment\n+-- another\n+++ plus\n";
  expect(diffLines(diff).map((line) => [line.kind, line.text])).toEqual([
    ["file", "q.sql"],
    ["hunk", ""],
    ["del", "-- a comment"],
    ["add", "-- another"],
    ["add", "++ plus"],
  ]);
});

it("names a file that is new, and one that is gone", () => {
  const made = "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+one\n";
  const gone = "diff --git a/o b/o\ndeleted file mode 100644\n--- a/o\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n";
  expect(diffLines(made + gone).filter((line) => line.kind === "file").map((line) => line.text)).toEqual(["n", "o"]);
});
