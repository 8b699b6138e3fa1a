// A refusal's words, at the field that they are about.
import { Problem } from "../api/client";

/** What the server says of a field (`usd`, `settings.app_id`), if it says anything. */
export function wrongAt(error: unknown, field: string): string | undefined {
  if (!(error instanceof Problem)) return undefined;
  return error.fields.find((one) => one.at === field || one.at === `$.${field}` || one.at.startsWith(`$.${field}[`))?.message;
}

/** Whether all that a refusal says is said at one of these fields. */
export function allAt(error: unknown, fields: readonly string[]): boolean {
  return error instanceof Problem && error.fields.length > 0 && error.fields.every((one) => fields.some((field) => one.at.replace(/^\$\./, "").startsWith(field)));
}
