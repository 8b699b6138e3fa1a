// What is new among the tasks that wait for a person.
import type { Line } from "./filters";

/** What is waited for: another question of the same task is another matter; its price is not, nor that it rests on the same one. */
export function matter(line: Line): string {
  return `${line.id} ${line.turn} ${line.asks ? `asks ${line.asks}` : line.state}`;
}

/** Those that are no known matter. The first time (`known` null) nothing is new. */
export function news(known: ReadonlySet<string> | null, now: readonly Line[]): Line[] {
  return known === null ? [] : now.filter((line) => !known.has(matter(line)));
}
