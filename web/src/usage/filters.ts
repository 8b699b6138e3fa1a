// What of the usage is looked at: kept in the address, so that it can be sent to somebody. Days are the server's: UTC.
import { useNavigate, useSearch } from "@tanstack/react-router";

export const RANGES = { today: "Today", "7d": "7 days", "30d": "30 days", "90d": "90 days", custom: "From … to" } as const;
export const GROUPS = { project: "Project", user: "Person", model: "Model", task: "Task", key: "Key" } as const;
export const MEASURES = { cost: "Cost", tokens: "Tokens", calls: "Calls" } as const;
export const PLACES = { overview: "Overview", calls: "Calls", budgets: "Budgets and limits" } as const;

export type Range = keyof typeof RANGES;
export type Group = keyof typeof GROUPS;
export type Measure = keyof typeof MEASURES;
export type Place = keyof typeof PLACES;

/** The filters of the page. What is narrowed down to is an id (of a model its name); empty: all. */
export type Filters = { range: Range; from: string; to: string; group: Group; measure: Measure; place: Place; table: boolean } & Record<Group, string>;

const DAY = 86_400;
const DATE = /^\d{4}-\d{2}-\d{2}$/;
const LASTS: Record<string, number> = { today: 1, "7d": 7, "30d": 30, "90d": 90 };

const text = (value: unknown): string => (typeof value === "string" ? value : typeof value === "number" ? String(value) : "");
const one = <K extends string>(of: Record<K, unknown>, value: unknown, otherwise: K): K => (Object.hasOwn(of, text(value)) ? (text(value) as K) : otherwise);

/** The filters of an address. What makes no sense is as if it were not there. */
export function read(search: Record<string, unknown>): Filters {
  const date = (value: unknown) => (DATE.test(text(value)) && !Number.isNaN(Date.parse(text(value))) ? text(value) : "");
  return {
    range: one(RANGES, search.range, "30d"),
    from: date(search.from),
    to: date(search.to),
    group: one(GROUPS, search.group, "project"),
    measure: one(MEASURES, search.measure, "cost"),
    place: one(PLACES, search.place, "overview"),
    table: search.table === true,
    project: text(search.project),
    user: text(search.user),
    model: text(search.model),
    task: text(search.task),
    key: text(search.key),
  };
}

/** The address's search for filters: what is as by default is left out. */
export function written(filters: Filters): Record<string, string | boolean> {
  const plain = read({});
  return Object.fromEntries(Object.entries(filters).filter(([name, value]) => value !== plain[name as keyof Filters]));
}

export function dayOf(seconds: number): string {
  return new Date(seconds * 1000).toISOString().slice(0, 10);
}

export const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;

/** From when (included) to when (excluded; none: now), in seconds since 1970. */
export function span({ range, from, to }: Filters, now: number): { since: number; until?: number } {
  const today = Math.floor(now / DAY) * DAY;
  if (range !== "custom") return { since: today - ((LASTS[range] ?? 30) - 1) * DAY };
  const begin = from ? startOf(from) : today - 29 * DAY;
  return { since: begin, ...(to && { until: Math.max(startOf(to), begin) + DAY }) };
}

/** All days of a span, the first one first; of a very long one the last 366. */
export function days({ since, until }: { since: number; until?: number }, now: number): string[] {
  const last = Math.min(until ?? now + 1, Math.floor(now / DAY) * DAY + DAY);
  const all: string[] = [];
  for (let at = Math.max(since, last - 366 * DAY); at < last; at += DAY) all.push(dayOf(at));
  return all;
}

/** The parameters that the server's routes of usage share. */
export function query(filters: Filters, now: number) {
  const { project, user, model, task, key } = filters;
  const said = Object.entries({ project, user, model, task, key }).filter(([, value]) => value);
  return { ...span(filters, now), ...(Object.fromEntries(said) as Partial<Record<Group, string>>) };
}

/** Where the sums of a query are to be had as a table for a spreadsheet. */
export function csvAddress(filters: Filters, now: number): string {
  const asked = new URLSearchParams(Object.entries(query(filters, now)).map(([name, value]) => [name, String(value)]));
  for (const by of ["day", filters.group]) asked.append("by", by);
  return `/api/v1/usage.csv?${asked}`;
}

export function useFilters(): [Filters, (change: Partial<Filters>) => void] {
  const filters = read(useSearch({ strict: false }));
  const navigate = useNavigate();
  return [filters, (change) => void navigate({ to: "/usage", search: written({ ...filters, ...change }), replace: true })];
}
