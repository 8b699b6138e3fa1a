import { expect, it } from "vitest";
import { Heights, type Rows } from "./heights";

const rows = (keys: readonly string[], size = 10): Rows => ({ count: keys.length, keyOf: (index) => keys[index] ?? "", estimateOf: () => size });
const named = (count: number, from = 0) => Array.from({ length: count }, (_, index) => `row ${from + index}`);

it("knows where each row begins, as a plain sum does", () => {
  const heights = new Heights();
  heights.follow(rows(named(3000)));
  const plain = Array.from({ length: 3000 }, () => 10);
  for (let index = 0; index < 3000; index += 7) {
    plain[index] = (index * 13) % 90;
    heights.measure(index, plain[index] ?? 0);
  }
  let sum = 0;
  plain.forEach((size, index) => {
    expect(heights.startOf(index)).toBeCloseTo(sum);
    if (size) expect(heights.indexAt(sum + size / 2)).toBe(index);
    sum += size;
  });
  expect(heights.total).toBeCloseTo(sum);
});

it("has the first row before its beginning, and the last one after its end", () => {
  const heights = new Heights();
  heights.follow(rows(named(5)));
  expect([heights.indexAt(-100), heights.indexAt(49), heights.indexAt(50), heights.indexAt(1e9)]).toEqual([0, 4, 4, 4]);
});

it("grows at its end, and forgets what was being written there", () => {
  const heights = new Heights();
  heights.follow(rows([...named(100), "live"]));
  heights.measure(100, 500);
  heights.follow(rows([...named(102)]));
  expect([heights.count, heights.total, heights.keyOf(100)]).toEqual([102, 1020, "row 100"]);
});

it("keeps what was measured when rows come before the first one", () => {
  const heights = new Heights();
  heights.follow(rows(named(10, 90)));
  heights.measure(3, 70);
  heights.follow(rows(named(100)));
  expect([heights.count, heights.total, heights.sizeOf(93)]).toEqual([100, 1060, 70]);
  expect(heights.indexOf("row 93", 3)).toBe(93);
  expect(heights.indexOf("none", 3)).toBe(-1);
});

it("says whether a measure changed anything", () => {
  const heights = new Heights();
  heights.follow(rows(named(2)));
  expect([heights.measure(1, 10), heights.measure(1, 11), heights.measure(1, 11), heights.measure(7, 11)]).toEqual([false, true, false, false]);
});
