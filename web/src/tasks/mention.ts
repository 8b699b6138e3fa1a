// `@file` in a prompt: what is being named at the caret, and what is put there.

export interface Mention {
  /** Where the `@` is. */
  start: number;
  end: number;
  letters: string;
}

const LONGEST = 200;

/** The mention that the caret stands in: an `@` at the beginning or after a space or bracket, and no space since (or, in quotes, no quote). */
export function mentionAt(text: string, caret: number): Mention | null {
  const before = text.slice(Math.max(0, caret - LONGEST), caret);
  const match = /(?:^|[\s([{,;])@(?:"([^"\n]*)|([^\s"@]*))$/.exec(before);
  if (!match) return null;
  const letters = match[1] ?? match[2] ?? "";
  const quote = match[1] === undefined ? 0 : 1;
  const start = caret - letters.length - quote - 1;
  const rest = text.slice(caret);
  const more = quote ? (/^[^"\n]*"?/.exec(rest)?.[0] ?? "") : (/^[^\s"@,;)\]}]*/.exec(rest)?.[0] ?? "");
  return { start, end: caret + more.length, letters };
}

/** A name as it is written: in quotes when it has spaces. A folder stays open for what lies in it. */
export function written(name: string): string {
  const folder = name.endsWith("/");
  if (!/\s/.test(name)) return `@${name}${folder ? "" : " "}`;
  return folder ? `@"${name}` : `@"${name}" `;
}

/** The text with the mention made to `name`, and where the caret is then. */
export function mentioned(text: string, mention: Mention, name: string): { text: string; caret: number } {
  const put = written(name);
  const rest = text.slice(mention.end);
  const joined = put.endsWith(" ") && /^\s/.test(rest) ? put.slice(0, -1) : put;
  return { text: text.slice(0, mention.start) + joined + rest, caret: mention.start + put.length };
}
