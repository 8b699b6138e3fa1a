import { expect, it } from "vitest";
import { legible } from "./legible";

it("keeps a link's words, not its address", () => {
  expect(legible("see \u001b]8;;https://elsewhere.example\u001b\\here\u001b]8;;\u001b\\.")).toBe("see here.");
  expect(legible("see \u001b]8;;https://elsewhere.example\u0007here\u001b]8;;\u0007.")).toBe("see here.");
});

it("takes out what a terminal obeys, and leaves colours, tabs and the ends of lines", () => {
  expect(legible("\u001b]0;a title\u0007\u001bc\u001b(B\u001bPq#1\u001b\\a\u0000\u0007\u0008\u009b\tb\r\n")).toBe("a\tb\r\n");
  expect(legible("\u001b[31mred\u001b[0m")).toBe("\u001b[31mred\u001b[0m");
});
