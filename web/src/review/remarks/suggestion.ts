// A suggested edit: a fenced block in a remark that holds the text which is wanted in place of the lines.

export type Part = { kind: "words"; text: string } | { kind: "edit"; text: string };

const FENCE = /^(`{3,})suggestion[ \t]*\n([\s\S]*?)^\1[ \t]*$/gm;

export function partsOf(text: string): Part[] {
  const parts: Part[] = [];
  let at = 0;
  for (const found of text.matchAll(FENCE)) {
    const words = text.slice(at, found.index).trim();
    if (words) parts.push({ kind: "words", text: words });
    parts.push({ kind: "edit", text: (found[2] ?? "").replace(/\n$/, "") });
    at = found.index + found[0].length;
  }
  const rest = text.slice(at).trim();
  if (rest) parts.push({ kind: "words", text: rest });
  return parts;
}

/** The block to be edited, with these lines in it: its fence is longer than any that they hold. */
export function suggestionOf(lines: readonly string[]): string {
  const longest = Math.max(2, ...lines.flatMap((line) => [...line.matchAll(/`+/g)].map((run) => run[0].length)));
  const fence = "`".repeat(longest + 1);
  return `${fence}suggestion\n${lines.join("\n")}\n${fence}\n`;
}
