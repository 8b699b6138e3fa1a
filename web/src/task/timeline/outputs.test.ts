import { expect, it } from "vitest";
import { folded, grown, parts, remaining, styled } from "./outputs";

it("cuts a call's text into the outputs of its commands", () => {
  expect(parts("a\nb\n[exit 0]")).toEqual(["a\nb\n"]);
  expect(parts("a\n[1 exit 0]\nb\n[2 exit 1, 3.0 s]")).toEqual(["a\n", "b\n"]);
  expect(parts("no mark at all")).toEqual(["no mark at all"]);
});

it("takes no line of the output for the end", () => {
  expect(parts("[exit 3]\nmore\n[exit 0]")).toEqual(["[exit 3]\nmore\n"]);
});

it("folds to head and tail with the number of lines between", () => {
  const text = Array.from({ length: 100 }, (_, n) => `line ${n}`).join("\n") + "\n";
  expect(folded(text, 2, 3)).toEqual({ head: ["line 0", "line 1"], tail: ["line 97", "line 98", "line 99"], hidden: 95 });
  expect(folded("a\nb\n", 2, 3)).toEqual({ head: ["a", "b"], tail: [], hidden: 0 });
  expect(folded("", 2, 3).head).toEqual([]);
});

it("keeps the end of a flood, from the beginning of a line", () => {
  let text = "";
  for (let n = 0; n < 60_000; n += 1) text = grown(text, `line ${n}\n`);
  expect(text.length).toBeLessThanOrEqual(200_000);
  expect(text.startsWith("line ")).toBe(true);
  expect(text.endsWith("line 59999\n")).toBe(true);
});

it("shows of a line that was written over what remained", () => {
  expect(remaining("10 %\r50 %\r100 %\r\ndone\r\n")).toBe("100 %\ndone\n");
  expect(styled("a\rb\nc")).toEqual(["b", "c"]);
});

it("carries a colour from line to line", () => {
  expect(styled("\u001b[31mred\nstill\u001b[0m\nplain")).toEqual(["\u001b[31mred", "\u001b[31mstill\u001b[0m", "plain"]);
  expect(styled("\u001b[1ma\u001b[0m\nb \u001b[32mc\nd\u001b[00mx\ne")).toEqual(["\u001b[1ma\u001b[0m", "b \u001b[32mc", "\u001b[32md\u001b[00mx", "e"]);
});
