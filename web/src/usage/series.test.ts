import { describe, expect, it } from "vitest";
import { amount, ranked, REST, series, stacked, together, total, type Sum } from "./series";

const NONE = { cached: 0, cache_written: 0, reasoning: 0, unpriced: 0, estimated: 0, seconds: 0 };
const sum = (of: Record<string, string>, more: Partial<Sum> = {}): Sum => ({ ...NONE, of, calls: 1, input: 10, output: 5, cost_usd: 1, ...more });

describe("sums", () => {
  it("add up, and keep apart what has no price", () => {
    const all = total([sum({}), sum({}, { cost_usd: 0, unpriced: 1, estimated: 1 })]);
    expect([all.calls, all.input, all.output, all.cost_usd, all.unpriced, all.estimated]).toEqual([2, 20, 10, 1, 1, 1]);
    expect(amount(all, "tokens")).toBe(30);
  });

  it("are put together by a word, the most first", () => {
    const sums = [sum({ day: "a", user: "u1" }), sum({ day: "b", user: "u2" }, { cost_usd: 3 }), sum({ day: "b", user: "u1" })];
    expect(ranked(together(sums, "user"), "cost").map(([name, of]) => [name, of.cost_usd])).toEqual([["u2", 3], ["u1", 2]]);
    expect(ranked(together(sums, "user"), "calls").map(([name]) => name)).toEqual(["u1", "u2"]);
  });
});

describe("series", () => {
  it("have every day, also those on which nothing was used", () => {
    const found = series([sum({ day: "2026-11-01", project: "p" }), sum({ day: "2026-11-03", project: "p" })], "project", "cost", ["2026-11-01", "2026-11-02", "2026-11-03"]);
    expect(found.values).toEqual([[1, 0, 1]]);
  });

  it("put what is too much to tell apart together, and lose nothing", () => {
    const sums = Array.from({ length: 12 }, (_, index) => sum({ day: "d", task: `t${index}` }, { cost_usd: index }));
    const found = series(sums, "task", "cost", ["d"], 3);
    expect(found.names).toEqual(["t11", "t10", "t9", REST]);
    expect(found.values.flat().reduce((a, b) => a + b)).toBe(66);
    expect(series(sums, "task", "cost", ["d"], 11).names).toHaveLength(12); // one alone is no rest
  });

  it("say how many calls of a day have no price", () => {
    const found = series([sum({ day: "d", model: "m" }, { cost_usd: 0, unpriced: 4 })], "model", "cost", ["d"]);
    expect([found.values, found.unpriced]).toEqual([[[0]], [[4]]]);
  });

  it("are nothing for nothing", () => {
    expect(series([], "user", "cost", ["d"])).toEqual({ days: ["d"], names: [], values: [], unpriced: [] });
    expect(stacked([])).toEqual([]);
  });
});

describe("a stack", () => {
  it("begins with the whole", () => {
    expect(stacked([[1, 2], [3, 0], [5, 4]])).toEqual([[9, 6], [8, 4], [5, 4]]);
  });
});
