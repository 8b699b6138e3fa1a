// A unified diff as lines with their numbers.

export interface DiffLine {
  readonly kind: "file" | "hunk" | "add" | "del" | "same";
  readonly text: string;
  readonly old: number;
  readonly new: number;
}

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@(.*)$/;

export function diffLines(diff: string): DiffLine[] {
  const found: DiffLine[] = [];
  let before = 0;
  let after = 0;
  // Lines of the hunk that are still to come: a removed line may itself look like a header.
  let olds = 0;
  let news = 0;
  let removed = "";
  for (const line of diff.split("\n")) {
    const sign = line[0] ?? (olds > 0 && news > 0 ? " " : "");
    if (sign === "+" && news > 0) {
      found.push({ kind: "add", text: line.slice(1), old: 0, new: after++ });
      news -= 1;
    } else if (sign === "-" && olds > 0) {
      found.push({ kind: "del", text: line.slice(1), old: before++, new: 0 });
      olds -= 1;
    } else if (sign === " " && olds > 0 && news > 0) {
      found.push({ kind: "same", text: line.slice(1), old: before++, new: after++ });
      olds -= 1;
      news -= 1;
    } else {
      const hunk = HUNK.exec(line);
      if (hunk) {
        before = Number(hunk[1]);
        olds = Number(hunk[2] ?? 1);
        after = Number(hunk[3]);
        news = Number(hunk[4] ?? 1);
        found.push({ kind: "hunk", text: (hunk[5] ?? "").trim(), old: before, new: after });
      } else if (line.startsWith("--- ")) removed = line.slice(4);
      else if (line.startsWith("+++ ")) {
        const name = line.slice(4) === "/dev/null" ? removed : line.slice(4);
        found.push({ kind: "file", text: name.replace(/^[ab]\//, ""), old: 0, new: 0 });
      }
    }
  }
  return found;
}
