import { expect, test } from "vitest";
import { heightsOf, lettersOf } from "./heights";
import type { Row } from "./rows";

const line = (text: string) => ({ kind: "line", line: { mark: " ", old: 1, new: 1, text } }) as Row;

test("a line is as high as the letters that it has", () => {
  const heights = heightsOf([line(""), line("x".repeat(50)), line("x".repeat(51)), { kind: "file" } as Row], 122 + 50 * 7, 7);
  expect([...heights]).toEqual([20, 20, 40, 52]);
});

test("a tab goes to the next place of four", () => {
  expect(["\t", "a\t", "abcd\t", "a\tb\tc"].map(lettersOf)).toEqual([4, 4, 8, 9]);
});
