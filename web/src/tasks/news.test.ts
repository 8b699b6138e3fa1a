import { describe, expect, it } from "vitest";
import type { Line } from "./filters";
import { matter, news } from "./news";

const line = (id: string, change: Partial<Line> = {}) => ({ id, state: "review", turn: 1, asks: "", cost_usd: 0, ...change }) as Line;

describe("what is new among those that wait", () => {
  it("is nothing when one comes", () => expect(news(null, [line("a")])).toEqual([]));
  it("is a task that did not wait, or that asks something else", () => {
    const before = [line("a"), line("b", { state: "needs_input", asks: "left?" })];
    expect(news(new Set(before.map(matter)), [...before, line("c")]).map((one) => one.id)).toEqual(["c"]);
    expect(news(new Set(before.map(matter)), [line("a", { turn: 2 }), line("b", { state: "needs_input", asks: "right?" })]).map((one) => one.id)).toEqual(["a", "b"]);
  });
  it("is a question that a running task asks, once: not again as its turn ends with it", () => {
    const asks = line("a", { state: "running", asks: "may it?" });
    expect(news(new Set(), [asks])).toEqual([asks]);
    expect(news(new Set([matter(asks)]), [line("a", { state: "needs_input", asks: "may it?" })])).toEqual([]);
  });
  it("is not what costs more meanwhile", () => expect(news(new Set([matter(line("a"))]), [line("a", { cost_usd: 3 })])).toEqual([]));
});
