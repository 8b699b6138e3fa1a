import { describe, expect, it } from "vitest";
import { askedFor, counted, filterOf, GROUPS, needsPerson, NOTHING, searchOf, type Line } from "./filters";

describe("a filter", () => {
  it("comes back from the address as it went there", () => {
    const filter = { state: "stopped", project: "tally", user: "me", words: "parse 100%" };
    expect(filterOf(searchOf(filter))).toEqual(filter);
    expect(searchOf(NOTHING)).toEqual({});
  });
  it("takes nothing from an address that makes no sense", () => {
    expect(filterOf({ state: "weird", project: { a: 1 }, words: 42 })).toEqual({ ...NOTHING, words: "42" });
  });
  it("asks for a group's states, for one state, or for what waits for a person", () => {
    expect(askedFor({ ...NOTHING, state: "done" })).toEqual({ state: ["merged", "answered"] });
    expect(askedFor({ ...NOTHING, state: "paused", words: "  x " })).toEqual({ state: ["paused"], words: "x" });
    expect(askedFor({ ...NOTHING, state: "needs", user: "me" })).toEqual({ needing: true, user: "me" });
    expect(askedFor(NOTHING)).toEqual({});
  });
  it("counts each group", () => {
    const counts = { states: { queued: 2, running: 1, merged: 7 } as never, needing: 3 };
    expect(GROUPS.map((group) => counted(group, counts))).toEqual([10, 3, 3, 7, 0]);
  });
});

describe("a task that waits for a person", () => {
  const line = (state: string, asks = "") => ({ state, asks }) as Line;
  it("is one to review, one to answer, or one that runs and asks", () => {
    expect([line("review"), line("needs_input"), line("running", "rm?"), line("running"), line("failed")].map(needsPerson)).toEqual([true, true, true, false, false]);
  });
});
