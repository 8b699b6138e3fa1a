// What the server said is wrong, by the field that it said it of.
import type { Problem } from "../../api/client";

export type Wrongs = readonly { at: string; message: string; fix: string }[];

export function wrongsOf(problem: Problem | null): Wrongs {
  return problem ? problem.fields.map((one) => ({ ...one, fix: problem.fix })) : [];
}

/** What is wrong with exactly this field, or with something within it. */
export function wrongAt(wrongs: Wrongs, at: string): string | undefined {
  const found = wrongs.find((one) => one.at === at) ?? wrongs.find((one) => one.at.startsWith(`${at}.`) || one.at.startsWith(`${at}[`));
  return found && `${found.message}. ${found.fix}`.replace("..", ".");
}

/** Those that are still to be said once the fields of `$.field` were changed. */
export function without(wrongs: Wrongs, field: string): Wrongs {
  return wrongs.filter((one) => !(one.at === `$.${field}` || one.at.startsWith(`$.${field}.`) || one.at.startsWith(`$.${field}[`)));
}
