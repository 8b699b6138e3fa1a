import { describe, expect, it } from "vitest";
import { csvAddress, days, query, read, span, written } from "./filters";

const NOW = Date.parse("2026-11-26T02:10:00Z") / 1000;
const at = (day: string) => Date.parse(`${day}T00:00:00Z`) / 1000;

describe("filters", () => {
  it("are in the address, and only where they say something", () => {
    const filters = read({ range: "7d", group: "user", project: "proj_1", table: true, key: 42 });
    expect(written(filters)).toEqual({ range: "7d", group: "user", project: "proj_1", table: true, key: "42" });
    expect(written(read({}))).toEqual({});
    expect(read(written(filters))).toEqual(filters);
  });

  it("take no nonsense from an address", () => {
    const filters = read({ range: "constructor", group: "", from: "2026-13-45", to: "<b>", measure: ["cost"], table: "yes" });
    expect(filters).toEqual(read({}));
  });

  it("mean whole days of UTC, today among them", () => {
    expect(span(read({ range: "today" }), NOW)).toEqual({ since: at("2026-11-26") });
    expect(span(read({ range: "7d" }), NOW)).toEqual({ since: at("2026-11-20") });
    expect(days(span(read({ range: "7d" }), NOW), NOW)).toHaveLength(7);
    expect(days(span(read({ range: "today" }), NOW), NOW)).toEqual(["2026-11-26"]);
  });

  it("take both ends of a span along", () => {
    const custom = read({ range: "custom", from: "2026-11-01", to: "2026-11-03" });
    expect(span(custom, NOW)).toEqual({ since: at("2026-11-01"), until: at("2026-11-04") });
    expect(days(span(custom, NOW), NOW)).toEqual(["2026-11-01", "2026-11-02", "2026-11-03"]);
    const turned = read({ range: "custom", from: "2026-11-05", to: "2026-11-03" });
    expect(days(span(turned, NOW), NOW)).toEqual(["2026-11-05"]);
    expect(days(span(read({ range: "custom", from: "1970-01-01" }), NOW), NOW)).toHaveLength(366);
  });

  it("ask the server for the same in JSON and as a table", () => {
    const filters = read({ range: "today", model: "openai/a&b", group: "model" });
    expect(query(filters, NOW)).toEqual({ since: at("2026-11-26"), model: "openai/a&b" });
    expect(csvAddress(filters, NOW)).toBe(`/api/v1/usage.csv?since=${at("2026-11-26")}&model=openai%2Fa%26b&by=day&by=model`);
  });
});
