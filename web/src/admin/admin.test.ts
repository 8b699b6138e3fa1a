import { describe, expect, it } from "vitest";
import { minute, toggled } from "./key-form";
import { stands } from "./keys";
import { priceOf } from "./models";
import { snippets } from "./new-token";
import { placeOf, rooms } from "./places";
import { kept, size, span } from "./server";
import { health } from "./workers";

const nobody = { is_admin: false, roles: {} };

describe("rooms", () => {
  it("are those that one may be in", () => {
    expect(placeOf("users", { is_admin: true, roles: {} })).toBe("users");
    expect(placeOf("users", nobody)).toBe("profile");
    expect(placeOf("audit", nobody)).toBe("profile");
    expect(placeOf("audit", { is_admin: false, roles: { proj_1: "admin" } })).toBe("audit");
    expect(placeOf("toString", { is_admin: true, roles: {} })).toBe("profile");
    expect(rooms(nobody).flatMap((group) => group.places)).toEqual(["profile", "keys", "webhooks", "models", "server"]);
  });
});

describe("a key", () => {
  it("stands until it is revoked or its time is over", () => {
    expect(stands({ revoked: null, expires: null }, 10)).toBe("good");
    expect(stands({ revoked: null, expires: 10 }, 10)).toBe("expired");
    expect(stands({ revoked: 5, expires: 1 }, 10)).toBe("revoked");
  });

  it("has limits that are whole numbers, or none", () => {
    expect([minute(""), minute("100,000"), minute("0"), minute("1.5"), minute("many"), minute("2147483648")]).toEqual([null, 100_000, undefined, undefined, undefined, undefined]);
    expect([...toggled(new Set(["a"]), "a")]).toEqual([]);
    expect([...toggled(new Set(["a"]), "b")]).toEqual(["a", "b"]);
  });

  it("comes with what it can be used for, and nothing else", () => {
    const models = snippets("https://pw.example", "pw_1", ["models"], ["agent", "deep"]);
    expect(models.Shell).toBe("export OPENAI_BASE_URL=https://pw.example/v1\nexport OPENAI_API_KEY=pw_1");
    expect(models.curl).toContain('"model": "deep"');
    expect(Object.keys(models)).toEqual(["Shell", "curl", "Python"]);
    expect(snippets("u", "t", ["dispatch"], null).Python).toContain('model="agent"');
    expect(Object.keys(snippets("u", "t", ["read"], null))).toEqual(["Command line", "REST API"]);
  });
});

describe("facts", () => {
  it("are said as they are", () => {
    expect(priceOf(null)).toContain("unknown");
    expect(priceOf({ input: 1, output: 5, cached: 0.1, cache_write: null, tokens: 0, above: null })).toBe("$1 in, $0.1 cached, $5 out for a million tokens");
    expect([kept(null), kept(1), kept(30)]).toEqual(["for ever", "for 1 day", "for 30 days"]);
    expect([size(4 << 20), size(2048)]).toEqual(["4 MiB", "2 KiB"]);
    expect([span(300), span(1_209_600), span(90), span(3600)]).toEqual(["5 min", "14 days", "1 min 30 s", "1 h"]);
    expect(health({ state: "live", heartbeat: 100 }, 110)[1]).toBe("Live");
    expect(health({ state: "live", heartbeat: 100 }, 200)[1]).toBe("Not heard of");
    expect(health({ state: "gone", heartbeat: 0 }, 200)[1]).toBe("Gone");
  });
});
