import { expect, it } from "vitest";
import { Problem } from "../../api/client";
import { added, MOST, type Followed } from "./followed";
import { without, wrongAt, wrongsOf } from "./wrongs";

it("holds the end of a long log, and counts what went before", () => {
  let now: Followed = { pieces: [], dropped: 0, row: null, line: "open" };
  const piece = "x".repeat(MOST / 4);
  for (let index = 0; index < 9; index += 1) now = added(now, piece);
  expect(now.pieces.join("").length).toBe(MOST);
  expect(now.dropped + now.pieces.join("").length).toBe(9 * piece.length);
  expect(added({ ...now, pieces: [] }, "y".repeat(MOST * 2)).pieces.length).toBe(1);
});

it("says of a field what is wrong with it or with something in it, until it is changed", () => {
  const wrongs = wrongsOf(new Problem(422, "", "Name a host.", "", [{ at: "$.network.rules[1].host", message: "no host" }]));
  expect(wrongAt(wrongs, "$.network.rules[1].host")).toBe("no host. Name a host.");
  expect(wrongAt(wrongs, "$.network")).toBe("no host. Name a host.");
  expect(wrongAt(wrongs, "$.network.rules[1]")).toBeDefined();
  expect(wrongAt(wrongs, "$.network.rules[0].host")).toBeUndefined();
  expect(wrongAt(wrongs, "$.net")).toBeUndefined();
  expect(without(wrongs, "network")).toEqual([]);
  expect(without(wrongs, "net")).toEqual(wrongs);
});
