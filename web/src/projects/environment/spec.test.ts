import { describe, expect, it } from "vitest";
import { DEFAULTS, get, limit, LIMITS, parsed, put, reached, reachOf, same, set, setLimit, variablesOf, type Spec } from "./spec";

const FULL = {
  setup: "pip install -e .",
  maintenance: "true",
  setup_network: { rules: [{ host: "mirror.example", kind: "intercept", headers: [["X-Team", "a"]], paths: ["/pypi/"], newer: 1 }], also: true },
  network: {},
  variables: { A: "1", B: "" },
  limits: { memory_bytes: null, cpus: 2, swap_bytes: 5 },
  test_command: "make test",
  files: ["a.txt"],
  gpu: { count: 1 },
} as unknown as Spec;

describe("the form and the spec", () => {
  it("shows what holds where a spec says nothing", () => {
    expect(get({}, "base_root")).toBe("host");
    expect(get({}, "setup_network")).toEqual({ presets: ["registries"] });
    expect(get(FULL, "setup")).toBe("pip install -e .");
    expect(limit({}, "memory_bytes")).toBe(LIMITS.memory_bytes);
    expect(limit(FULL, "memory_bytes")).toBeNull();
  });

  it("loses no field, known or not, whichever is set and set back", () => {
    for (const field of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
      const before = get(FULL, field);
      const changed = set(FULL, field, (field === "setup" ? "other" : before) as never);
      expect(set(changed, field, before as never)).toEqual(field in FULL && !same(before, DEFAULTS[field]) ? FULL : without(FULL, field));
      expect((changed as Record<string, unknown>).gpu).toEqual({ count: 1 });
    }
  });

  it("leaves out what is as it is by default, as the server does", () => {
    expect(set({ setup: "x" }, "setup", "")).toEqual({});
    expect(set({}, "setup_network", { presets: ["registries"] })).toEqual({});
    expect(set({}, "setup_network", {})).toEqual({ setup_network: {} });
    expect(setLimit({ limits: { cpus: 2 } }, "cpus", null)).toEqual({});
    expect(setLimit(FULL, "cpus", 3).limits).toEqual({ memory_bytes: null, cpus: 3, swap_bytes: 5 });
  });

  it("keeps what it does not know of a network, whatever is chosen", () => {
    const policy = FULL.setup_network ?? {};
    expect(reachOf(policy)).toBe("list");
    expect(reached(policy, "off", {})).toEqual({ also: true });
    expect(reached(policy, "registries", {})).toEqual({ also: true, presets: ["registries"] });
    expect(reached({ also: true } as never, "list", policy)).toEqual(policy);
    expect(reached(policy, "list", policy)).toEqual(policy);
  });

  it.each([
    [{}, "off"],
    [{ presets: ["registries"] }, "registries"],
    [{ presets: ["another"] }, "list"],
    [{ host_ports: [5432] }, "list"],
    [{ rules: [{ host: "a" }] }, "list"],
  ] as const)("reads %j as %s", (policy, reach) => expect(reachOf(policy as never)).toBe(reach));

  it("keeps a rule's other fields when one is set", () => {
    const rule = { host: "a", headers: [["X", "y"]], newer: 1 };
    expect(put(rule, "host", "b", null)).toEqual({ ...rule, host: "b" });
    expect(put({ ...rule, kind: "intercept" }, "kind" as never, "tunnel", "tunnel")).toEqual(rule);
  });

  it("has a variable once it has a name", () => {
    expect(variablesOf([["A", "1"], ["", "on its way"], ["A", "2"]])).toEqual({ A: "2" });
  });

  it("reads JSON back as it was, and says what is none", () => {
    expect(parsed(JSON.stringify(FULL))).toEqual(FULL);
    for (const text of ["[]", "null", "1", "{"]) expect(() => parsed(text)).toThrow();
  });

  it("compares by what is there", () => {
    expect(same({ a: [1, { b: null }] }, { a: [1, { b: null }] })).toBe(true);
    expect(same({ a: undefined }, {})).toBe(false);
    expect(same([1], { 0: 1 })).toBe(false);
    expect(same(null, {})).toBe(false);
  });
});

function without(spec: Spec, field: string): unknown {
  const { [field as keyof Spec]: _, ...rest } = spec;
  return rest;
}
