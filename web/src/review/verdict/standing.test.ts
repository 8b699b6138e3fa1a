import { describe, expect, it } from "vitest";
import { inWords } from "./standing";

const check = (state: "success" | "failure" | "running") => ({ name: state, state, url: "" });

describe("the forge's checks in words", () => {
  it("says that all have passed", () => {
    expect(inWords([check("success")])).toBe("The forge's check has passed.");
    expect(inWords([check("success"), check("success")])).toBe("All 2 checks at the forge have passed.");
  });
  it("counts what has not", () => {
    expect(inWords([check("failure"), check("running"), check("success")])).toBe("Of the forge's 3 checks, 1 failed and 1 still runs. The forge may not let it through.");
    expect(inWords([check("running"), check("running")])).toContain("2 still run.");
  });
});
