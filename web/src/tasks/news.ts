// What is new among the tasks that wait for a person.
import type { Line } from "./filters";

/** Those that did not wait before, or ask something else now. The first time (`before` null) nothing is new. */
export function news(before: readonly Line[] | null, now: readonly Line[]): Line[] {
  if (before === null) return [];
  const known = new Set(before.map(matter));
  return now.filter((line) => !known.has(matter(line)));
}

/** What is waited for: another question of the same task is another matter; its price is not, nor that it rests on the same one. */
function matter(line: Line): string {
  return `${line.id} ${line.turn} ${line.asks ? `asks ${line.asks}` : line.state}`;
}
