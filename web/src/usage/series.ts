// Sums of the server laid out for a chart and for tables. Money that is not known is never a 0.
import type { Schemas } from "../api/client";
import type { Measure } from "./filters";

export type Sum = Schemas["UsageSum"];
export type Totals = Omit<Sum, "of">;

const FIELDS = ["calls", "input", "cached", "cache_written", "output", "reasoning", "cost_usd", "unpriced", "estimated", "seconds"] as const;
/** The chart tells so many apart; the rest are together. */
export const MOST = 7;
export const REST = "\0rest";

export function total(sums: readonly Sum[]): Totals {
  const of = Object.fromEntries(FIELDS.map((field) => [field, 0])) as Totals;
  for (const sum of sums) for (const field of FIELDS) of[field] += sum[field];
  return of;
}

/** The sums together by one word of theirs: one for each value. */
export function together(sums: readonly Sum[], by: string): Map<string, Totals> {
  const found = new Map<string, Sum[]>();
  for (const sum of sums) {
    const name = sum.of[by] ?? "";
    const others = found.get(name);
    if (others) others.push(sum);
    else found.set(name, [sum]);
  }
  return new Map([...found].map(([name, all]) => [name, total(all)]));
}

export function amount(of: Totals, measure: Measure): number {
  return measure === "cost" ? of.cost_usd : measure === "calls" ? of.calls : of.input + of.output;
}

/** Names by how much they used, the most first; what costs the same, by tokens. */
export function ranked(of: ReadonlyMap<string, Totals>, measure: Measure): [string, Totals][] {
  return [...of].sort(
    ([a, x], [b, y]) => amount(y, measure) - amount(x, measure) || amount(y, "tokens") - amount(x, "tokens") || a.localeCompare(b),
  );
}

export interface Series {
  days: string[];
  /** What is told apart, the most first; `REST` stands for all others. */
  names: string[];
  /** By name, then by day. */
  values: number[][];
  /** By name, then by day: calls of unknown price, which no amount of money has in it. */
  unpriced: number[][];
}

/** Sums by day and `by` as a table of names × days, without gaps between the days. */
export function series(sums: readonly Sum[], by: string, measure: Measure, days: string[], most = MOST): Series {
  const order = ranked(together(sums, by), measure).map(([name]) => name);
  const rest = order.length > most + 1;
  const names = rest ? [...order.slice(0, most), REST] : order;
  const row = new Map(order.map((name, index) => [name, rest ? Math.min(index, most) : index]));
  const column = new Map(days.map((day, index) => [day, index]));
  const empty = () => names.map(() => days.map(() => 0));
  const [values, unpriced] = [empty(), empty()];
  for (const sum of sums) {
    const [at, day] = [row.get(sum.of[by] ?? "") ?? -1, column.get(sum.of.day ?? "") ?? -1];
    const [line, dark] = [values[at], unpriced[at]];
    if (!line || !dark || day < 0) continue;
    line[day] = (line[day] ?? 0) + amount(total([sum]), measure);
    dark[day] = (dark[day] ?? 0) + sum.unpriced;
  }
  return { days, names, values, unpriced };
}

/** For a stack that is drawn from behind: the first line is the whole, each next one what is below the one before. */
export function stacked(values: readonly (readonly number[])[]): number[][] {
  let above = values.length ? (values[0] as readonly number[]).map((_, day) => values.reduce((sum, line) => sum + (line[day] ?? 0), 0)) : [];
  return values.map((line) => {
    const drawn = above;
    above = above.map((sum, day) => Math.max(0, sum - (line[day] ?? 0)));
    return drawn;
  });
}
