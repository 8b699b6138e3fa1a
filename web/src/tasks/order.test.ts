import { describe, expect, it } from "vitest";
import { check, EMPTY, fieldOf, linesOf, numberOf, ordersOf, type Draft } from "./order";

const draft = (change: Partial<Draft>): Draft => ({ ...EMPTY, project: "tally", prompt: "Do it", ...change });

describe("a draft", () => {
  it("says what is missing, by field", () => {
    expect(Object.keys(check(EMPTY)).sort()).toEqual(["project", "prompt"]);
    expect(check(draft({ prompt: "", images: ["data:image/png;base64,AA=="] }))).toEqual({});
    expect(Object.keys(check(draft({ usd: "free", steps: "1.5", deadline: "-1", priority: "high" }))).sort()).toEqual(["deadline", "priority", "steps", "usd"]);
  });
  it("becomes an order with what was said, and no more", () => {
    expect(ordersOf(draft({}))).toEqual([{ project: "tally", prompt: "Do it", images: [], mode: "code", model: "deep", attempts: 1, source: { kind: "web" } }]);
    const [order] = ordersOf(draft({ usd: "$2,50", deadline: "1.5", ref: "topic", template: "refactor", attempts: 3, priority: "5" }));
    expect(order).toMatchObject({ budget: { usd: 2.5 }, deadline: 5400, ref: "topic", template: "refactor", attempts: 3, priority: 5 });
  });
  it("has no template when it only asks", () => {
    expect(ordersOf(draft({ mode: "ask", template: "refactor" }))[0]).not.toHaveProperty("template");
  });
  it("says who is asked where that is not usual, and of what changes code", () => {
    expect(ordersOf(draft({ approval: "suggest" }))[0]).toMatchObject({ approval: "suggest" });
    expect(ordersOf(draft({ approval: "suggest", mode: "ask" }))[0]).not.toHaveProperty("approval");
    const many = ordersOf(draft({ approval: "suggest", many: true, prompt: 'Fix a\n{"prompt": "Fix b", "approval": "auto-edit"}' }));
    expect(many.map((order) => order.approval)).toEqual(["suggest", "auto-edit"]);
  });
  it("reads numbers as people write them", () => {
    expect([numberOf(" "), numberOf("2,5"), numberOf("$3"), numberOf("0")]).toEqual([null, 2.5, 3, 0]);
    expect(numberOf("x")).toBeNaN();
  });
});

describe("a list of tasks", () => {
  const text = '# later\nFix a\n\n  Fix b  \n{"prompt": "Fix c", "attempts": 2, "ref": "release"}\n';
  it("is one order a line, those in JSON over what all share", () => {
    expect(linesOf(text).map((line) => [line.number, line.text])).toEqual([[2, "Fix a"], [4, "Fix b"], [5, "Fix c"]]);
    const orders = ordersOf(draft({ many: true, prompt: text, ref: "main" }));
    expect(orders.map((order) => [order.prompt, order.attempts, order.ref])).toEqual([["Fix a", 1, "main"], ["Fix b", 1, "main"], ["Fix c", 2, "release"]]);
  });
  it("says which line cannot be read", () => {
    expect(check(draft({ many: true, prompt: "a\n{oops" })).prompt).toContain("Line 2");
    expect(check(draft({ many: true, prompt: '{"attempts": 2}' })).prompt).toContain("no prompt");
    expect(check(draft({ many: true, prompt: "# nothing" })).prompt).toBeTruthy();
  });
});

describe("a refusal", () => {
  it("stands at its field", () => {
    expect(fieldOf("x", [{ at: "$.budget.usd", message: "" }])).toBe("usd");
    expect(fieldOf("x", [{ at: "$.attempts", message: "" }])).toBe("attempts");
    expect(fieldOf("tally has no environment 'x'", [])).toBe("environment");
    expect(fieldOf("there is no project x", [])).toBe("project");
    expect(fieldOf("the server is on fire", [])).toBe("");
  });
});
