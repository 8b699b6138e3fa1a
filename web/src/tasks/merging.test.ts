import { describe, expect, it } from "vitest";
import type { Line } from "./filters";
import { linesOf, merged, type Pages } from "./merging";

const line = (id: string, state = "queued") => ({ id, state }) as Line;
const pages = (...lists: string[][]): Pages => ({
  pages: lists.map((ids, index) => ({ tasks: ids.map((id) => line(id)), next: index < lists.length - 1 || ids.length === 2 ? (ids.at(-1) ?? "") : "" })),
  pageParams: lists.map(() => ""),
});
const ids = (now: Pages) => now.pages.map((page) => page.tasks.map((one) => one.id).join(""));

describe("changes to a list", () => {
  it("put a changed task where it was", () => {
    const now = merged(pages(["d", "c"], ["b"]), ["c"], [line("c", "running")]);
    expect(ids(now)).toEqual(["dc", "b"]);
    expect(linesOf(now)[1]?.state).toBe("running");
  });
  it("put a new one first, and one of the middle in its page", () => {
    expect(ids(merged(pages(["e", "c"], ["a"]), ["f", "d", "b"], [line("f"), line("d"), line("b")]))).toEqual(["fedc", "ba"]);
  });
  it("take away what does not belong any more", () => {
    expect(ids(merged(pages(["d", "c"], ["b"]), ["c", "x"], []))).toEqual(["d", "b"]);
  });
  it("leave to its own page what is older than all that was fetched", () => {
    const before = pages(["d", "c"]);
    expect(merged(before, ["a"], [line("a")]).pages[0]?.tasks).toHaveLength(2);
    expect(ids(merged(pages(["d"]), ["a"], [line("a")]))).toEqual(["da"]);
  });
  it("are nothing when nothing changed, so that nothing is drawn again", () => {
    const before = pages(["d", "c"]);
    expect(merged(before, ["d"], [line("d")])).toBe(before);
  });
});
