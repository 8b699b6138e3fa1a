import { describe, expect, test } from "vitest";
import { endOf, pieces } from "./line";

describe("what is said when a shell is gone", () => {
  test("the shell's own end comes before how the line was closed", () => {
    expect(endOf({ type: "ended", exit_code: 3 }, 1000, "")).toEqual({ text: "The shell ended with code 3.", again: true });
    expect(endOf({ type: "ended", exit_code: 0 }, 1006, "").text).toBe("The shell ended.");
    expect(endOf({ type: "ended", exit_code: null }, 1000, "").text).toBe("The shell was ended.");
    expect(endOf({ type: "gone" }, 1000, "").again).toBe(false);
  });
  test("a refusal says why", () => {
    expect(endOf(null, 4409, "its sandbox is not open now")).toEqual({ text: "Its sandbox is not open now.", again: true });
    expect(endOf(null, 4403, "").again).toBe(false);
    expect(endOf(null, 1006, "").again).toBe(true);
  });
});

test("a paste is cut between characters, and nothing of it is lost", () => {
  const text = "a😀b😀c";
  const cut = pieces(text, 2);
  expect(cut.join("")).toBe(text);
  expect(() => cut.map(encodeURIComponent)).not.toThrow();
  expect(pieces("")).toEqual([]);
});
