import { describe, expect, it } from "vitest";
import { ceiling } from "./budget-form";

describe("a ceiling", () => {
  it("is read as people write numbers", () => {
    expect([ceiling("50"), ceiling(" $12.50 "), ceiling("2,000,000"), ceiling("2 000 000")]).toEqual([50, 12.5, 2_000_000, 2_000_000]);
  });

  it("is none for nothing, and no number for what is none", () => {
    expect(ceiling("")).toBeNull();
    for (const text of ["fifty", "-1", "1e9", "1,5", "5 $", "Infinity"]) expect(ceiling(text)).toBeNaN();
  });
});
