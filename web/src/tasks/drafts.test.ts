import { afterEach, describe, expect, it, vi } from "vitest";
import { forget, keep, kept } from "./drafts";
import { EMPTY } from "./order";

afterEach(() => (sessionStorage.clear(), vi.restoreAllMocks()));

describe("a draft that is left", () => {
  it("is there again after a reload, and gone once it was sent", () => {
    const draft = { ...EMPTY, prompt: "Half a thou", attempts: 3, images: ["data:image/png;base64,AA=="] };
    keep(draft);
    expect(kept()).toEqual(draft);
    forget();
    expect(kept()).toEqual(EMPTY);
  });
  it("is nothing when what was kept is of another version, or broken", () => {
    sessionStorage.setItem("pullwright.draft", '{"prompt": 7, "attempts": "many", "usd": "2", "more": true}');
    expect(kept()).toEqual({ ...EMPTY, usd: "2" });
    sessionStorage.setItem("pullwright.draft", "{");
    expect(kept()).toEqual(EMPTY);
  });
  it("loses its images before its words when there is no room", () => {
    const set = Storage.prototype.setItem;
    vi.spyOn(Storage.prototype, "setItem").mockImplementation(function (this: Storage, name: string, value: string) {
      if (value.length > 5_000) throw new DOMException("full", "QuotaExceededError");
      set.call(this, name, value);
    });
    keep({ ...EMPTY, prompt: "Words", images: ["x".repeat(9_000)] });
    expect(kept()).toEqual({ ...EMPTY, prompt: "Words" });
  });
});
