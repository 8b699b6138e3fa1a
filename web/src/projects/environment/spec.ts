// An environment's spec as the form works on it: the very JSON that the server told, of which one field is set at a time.
// What the form does not know it never touches, so that a newer server's fields go back as they came.
import type { Schemas } from "../../api/client";

export type Policy = Partial<Schemas["NetworkPolicy"]>;
export type Rule = Partial<Schemas["NetworkRule"]> & { host: string };
export type Limits = Partial<Schemas["Limits"]>;
export type Spec = Partial<Omit<Schemas["EnvironmentSpec"], "network" | "setup_network" | "limits">> & { network?: Policy; setup_network?: Policy; limits?: Limits };

/** What holds where a spec says nothing. */
export const DEFAULTS = {
  setup: "",
  maintenance: "",
  setup_network: { presets: ["registries"] } as Policy,
  network: {} as Policy,
  variables: {} as Record<string, string>,
  limits: {} as Limits,
  test_command: "",
  base_root: "host",
  backend: "",
  access: "workspace-write" as "workspace-write" | "read-only" | "full-access",
  files: [] as string[],
  setup_seconds: 1800,
  upkeep_seconds: 600,
  trusted: "",
  use_last_good: false,
};
export const LIMITS: Schemas["Limits"] = { memory_bytes: 4 * 2 ** 30, processes: 1024, cpus: null, disk_bytes: 8 * 2 ** 30 };
export const PORTS = [443, 80];

type Field = keyof typeof DEFAULTS;

export function same(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || !one || !other || Array.isArray(one) !== Array.isArray(other)) return false;
  const [ones, others] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(ones);
  return names.length === Object.keys(others).length && names.every((name) => name in others && same(ones[name], others[name]));
}

/** A field, or what holds without it. */
export function get<F extends Field>(spec: Spec, field: F): (typeof DEFAULTS)[F] {
  return ((spec as Record<string, unknown>)[field] ?? DEFAULTS[field]) as (typeof DEFAULTS)[F];
}

/** The spec with one field set; as it is by default it is left out, as the server does. */
export function set<F extends Field>(spec: Spec, field: F, value: (typeof DEFAULTS)[F]): Spec {
  return put(spec, field, value, DEFAULTS[field]);
}

export function limit(spec: Spec, field: keyof typeof LIMITS): number | null {
  const value = (spec.limits ?? {})[field];
  return value === undefined ? LIMITS[field] : value;
}

export function setLimit(spec: Spec, field: keyof typeof LIMITS, value: number | null): Spec {
  return set(spec, "limits", put(spec.limits ?? {}, field, value, LIMITS[field]));
}

/** A record with one field set, or without it where it is what holds anyway. */
export function put<T extends object>(record: T, field: keyof T & string, value: unknown, without: unknown): T {
  if (!same(value, without)) return { ...record, [field]: value };
  const { [field]: _, ...rest } = record;
  return rest as T;
}

export type Reach = "off" | "registries" | "list";

/** Which of the presets a policy is; what is neither is a list. */
export function reachOf(policy: Policy): Reach {
  const { rules = [], presets = [], host_ports = [] } = policy;
  if (rules.length || host_ports.length) return "list";
  if (!presets.length) return "off";
  return presets.length === 1 && presets[0] === "registries" ? "registries" : "list";
}

/** A policy of that kind; fields that the form does not know stay, and going back to a list brings back what was there. */
export function reached(policy: Policy, reach: Reach, before: Policy): Policy {
  const { rules: _rules, presets: _presets, host_ports: _ports, ...unknown } = policy as Policy & Record<string, unknown>;
  if (reach === "list") return { ...unknown, ...pick(before) };
  return reach === "registries" ? { ...unknown, presets: ["registries"] } : unknown;
}

function pick({ rules, presets, host_ports }: Policy): Policy {
  return { ...(rules?.length && { rules }), ...(presets?.length && { presets }), ...(host_ports?.length && { host_ports }) };
}

export type Variable = readonly [name: string, value: string];

export function variablesOf(rows: readonly Variable[]): Record<string, string> {
  return Object.fromEntries(rows.filter(([name]) => name));
}

/** The JSON of a spec as it is edited by hand, read back. Throws with what is wrong. */
export function parsed(text: string): Spec {
  const value: unknown = JSON.parse(text);
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("An environment is one JSON object: { … }");
  return value as Spec;
}
