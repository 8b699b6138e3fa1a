import { expect, it } from "vitest";
import { isLogged, logged, VERIFIED } from "./fixtures/frames";
import { endOf } from "./history";
import { Timeline } from "./timeline";

const events = VERIFIED.filter(isLogged).map(logged);
const whole = new Timeline();
events.forEach((event) => whole.feed(event));

it("shows a log that came whole as it is", () => {
  expect(endOf(events).shown()).toEqual(whole.shown());
});

it("shows of a log's end the rows that the whole has there, from a whole step on", () => {
  for (let from = 5; from < events.length - 20; from += 3) {
    const end = endOf(events.slice(from));
    const keys = end.shown().map((row) => row.key);
    expect(keys.length).toBeGreaterThan(0);
    const all = new Set(whole.shown().map((row) => row.key));
    expect(keys.filter((key) => !all.has(key))).toEqual([]);
    expect(end.last).toBe(whole.last);
    expect(end.shown().at(-1)).toEqual(whole.shown().at(-1));
  }
});

it("counts no turns and sums no costs that it cannot know", () => {
  const end = endOf(events.slice(1));
  const rows = end.shown();
  expect(rows.filter((row) => row.kind === "turn").map((row) => row.number)).toEqual([0]);
  expect(rows.filter((row) => row.kind === "step").every((row) => row.sofar === 0)).toBe(true);
});
