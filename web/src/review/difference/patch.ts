// One file's part of a unified diff, as hunks of numbered lines. A hunk is as long as its own header says: no content can pass
// for structure.

export type Mark = "+" | "-" | " ";

/** One line. `old` and `new` are its numbers on either side, 0 where it is not there. */
export interface Line {
  mark: Mark;
  old: number;
  new: number;
  text: string;
  /** The line that it took the place of, or that took its place. */
  mate?: Line;
  /** The file ends here without a line break. */
  open?: boolean;
}

export interface Hunk {
  /** The first line's number on either side (where a side has no line: of the one after). */
  old: number;
  new: number;
  oldCount: number;
  newCount: number;
  /** What git found above it: a function or a class, often. */
  heading: string;
  lines: Line[];
}

const HEAD = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/s;

export function hunksOf(section: string): Hunk[] {
  const lines = section.split("\n");
  const found: Hunk[] = [];
  let at = 0;
  while (at < lines.length) {
    const head = HEAD.exec(lines[at] as string);
    at += 1;
    if (!head) continue;
    const [hunk, next] = read(head, lines, at);
    found.push(hunk);
    at = next;
  }
  return found;
}

function read(head: RegExpExecArray, lines: string[], start: number): [Hunk, number] {
  const counted = (text: string | undefined) => (text === undefined ? 1 : Number(text));
  const [oldCount, newCount] = [counted(head[2]), counted(head[4])];
  let old = Number(head[1]) + (oldCount ? 0 : 1);
  let neu = Number(head[3]) + (newCount ? 0 : 1);
  const hunk: Hunk = { old, new: neu, oldCount, newCount, heading: head[5] ?? "", lines: [] };
  let [leftOld, leftNew, at] = [oldCount, newCount, start];
  while (at < lines.length) {
    const whole = lines[at] as string;
    if (whole.startsWith("\\")) {
      const last = hunk.lines.at(-1);
      if (last) last.open = true;
      at += 1;
      continue;
    }
    if (!leftOld && !leftNew) break;
    const mark = (whole[0] === "+" || whole[0] === "-" ? whole[0] : " ") as Mark;
    hunk.lines.push({ mark, old: mark === "+" ? 0 : old, new: mark === "-" ? 0 : neu, text: whole.slice(1) });
    if (mark !== "+") (old += 1), (leftOld -= 1);
    if (mark !== "-") (neu += 1), (leftNew -= 1);
    at += 1;
  }
  pair(hunk.lines);
  return [hunk, at];
}

/** Lines that stand in each other's place: within one block the first that went and the first that came, and so on. */
export function pair(lines: readonly Line[]): void {
  for (const [went, came] of blocks(lines)) {
    const count = Math.min(went.length, came.length);
    for (let index = 0; index < count; index += 1) {
      const [one, other] = [went[index] as Line, came[index] as Line];
      one.mate = other;
      other.mate = one;
    }
  }
}

/** Each run of changed lines: those that went, and those that came. */
export function* blocks(lines: readonly Line[]): Generator<[Line[], Line[]]> {
  let went: Line[] = [];
  let came: Line[] = [];
  for (const line of lines) {
    if (line.mark === "-" && !came.length) went.push(line);
    else if (line.mark === "+") came.push(line);
    else {
      if (went.length || came.length) yield [went, came];
      went = line.mark === "-" ? [line] : [];
      came = [];
    }
  }
  if (went.length || came.length) yield [went, came];
}
