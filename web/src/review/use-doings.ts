// What the page keeps while one reads: which files are shut, what was revealed, which remarks are being written; and what can be done.
import { useLayoutEffect, useMemo, useRef, useState } from "react";
import { sayTrouble } from "../kit";
import { linesOfFile, useNames, wholeFile, type Attempt, type Reviews, type Task } from "./data";
import type { Doing, Part } from "./difference/doing";
import { gapKey, NOTHING, type Gap, type Revealed } from "./difference/gaps";
import { fileHunks, type ChangedFile } from "./difference/rows";
import { useViewed } from "./files/viewed";
import { useKeeping } from "./remarks/keeping";
import type { Placed } from "./remarks/placing";
import { spotKey, type Remark, type Spot } from "./remarks/spot";

interface Given {
  task: Task;
  attempt: Attempt;
  head: string;
  since: string;
  files: readonly ChangedFile[];
  reviews: Reviews;
  mayRemark: boolean;
}

const STEP = 20;

export function useDoings({ task, attempt, head, since, files: given, reviews, mayRemark }: Given) {
  const [turned, setTurned] = useState<ReadonlyMap<string, boolean>>(new Map());
  const [asked, setAsked] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState<ReadonlyMap<ChangedFile, ChangedFile>>(new Map());
  const [revealed, setRevealed] = useState<{ of: string; by: ReadonlyMap<string, ReadonlyMap<string, Revealed>> }>({ of: head, by: new Map() });
  const [editors, setEditors] = useState<readonly Spot[]>([]);
  const drafts = useRef(new Map<string, string>());
  const name = useNames();
  const keeping = useKeeping(task.id, attempt.id);
  const files = useMemo(() => given.map((file) => whole.get(file) ?? file), [given, whole]);
  const { viewed, see } = useViewed(since ? `${attempt.id} ${since}` : attempt.id, given);
  // A file that was seen is shut, until somebody opens it again.
  const shut = useMemo(() => new Set(files.filter((file) => turned.get(file.path) ?? viewed.has(file.path)).map((file) => file.path)), [files, turned, viewed]);
  const current = useMemo(() => (revealed.of === head ? revealed.by : new Map<string, ReadonlyMap<string, Revealed>>()), [revealed, head]);

  const turn = (path: string, now: boolean | null) =>
    setTurned((before) => {
      const next = new Map(before);
      if (now === null) next.delete(path);
      else next.set(path, now);
      return next;
    });
  const close = (spot: Spot) => setEditors((before) => before.filter((one) => spotKey(one) !== spotKey(spot)));
  const ask = async (file: ChangedFile) => {
    try {
      if (file.cut) {
        const found = await wholeFile(attempt.id, file.path, since);
        const original = given.find((one) => one.path === file.path);
        if (found && original) setWhole((before) => new Map(before).set(original, found));
      }
      setAsked((before) => new Set(before).add(file.path));
    } catch (error) {
      sayTrouble(error);
    }
  };
  const reveal = async (file: ChangedFile, gap: Gap, part: Part) => {
    const key = gapKey(gap);
    const now = current.get(file.path)?.get(key) ?? NOTHING;
    const to = gap.to ?? now.total;
    const [low, high] = [gap.from + now.top.length, to === null ? Infinity : to - now.bottom.length];
    const from = part === "up" ? Math.max(low, high - STEP + 1) : low;
    const until = part === "up" ? high : Math.min(high, low + (part === "all" ? 1999 : STEP - 1));
    try {
      const told = await linesOfFile(attempt.id, file.path, from, until);
      const next: Revealed = part === "up" ? { ...now, bottom: [...told.lines, ...now.bottom], total: told.total } : { ...now, top: [...now.top, ...told.lines], total: told.total };
      setRevealed((before) => {
        const by = new Map(before.of === head ? before.by : []);
        by.set(file.path, new Map(by.get(file.path)).set(key, next));
        return { of: head, by };
      });
    } catch (error) {
      sayTrouble(error);
    }
  };

  const acts = useLatest({
    open: (spot: Spot) => setEditors((before) => (before.some((one) => spotKey(one) === spotKey(spot)) ? before : [...before, spot])),
    close,
    save: async (spot: Spot, text: string) => {
      await keeping.make.mutateAsync({ spot, text });
      close(spot);
    },
    reword: async (remark: Remark, text: string) => void (await keeping.reword.mutateAsync({ id: remark.id, text })),
    discard: (remark: Remark) => keeping.discard.mutate(remark.id),
    shutOrOpen: (file: ChangedFile) => turn(file.path, !shut.has(file.path)),
    see: (file: ChangedFile) => {
      const original = given.find((one) => one.path === file.path) ?? file;
      turn(file.path, null);
      see(original, !viewed.has(file.path));
    },
    ask: (file: ChangedFile) => void ask(file),
    reveal: (file: ChangedFile, gap: Gap, part: Part) => void reveal(file, gap, part),
  });
  const busy = keeping.make.isPending || keeping.reword.isPending;
  const doing = useMemo<Doing>(
    () => ({
      attempt: attempt.id,
      since,
      mayRemark,
      shut,
      viewed,
      drafts: drafts.current,
      busy,
      name,
      sentWith: (remark) => sentWith(remark, reviews, attempt.id),
      textAt: (file, spot) => textAt(file, spot, current.get(file.path)),
      ...acts,
    }),
    [attempt.id, since, mayRemark, shut, viewed, busy, name, reviews, current, acts],
  );
  const counts = (placed: readonly Placed[]) => {
    const found = new Map<string, number>();
    for (const one of placed) {
      const path = one.spot?.path ?? one.remark.path;
      const file = files.find((each) => each.path === path || each.was === path);
      if (file) found.set(file.path, (found.get(file.path) ?? 0) + 1);
    }
    return found;
  };
  return { doing, files, counts, shape: { shut, asked, revealed: current, editors } };
}

type Act = (...given: never[]) => unknown;

/** The same functions at every render, each of which does what the newest render's does: who has them is not drawn anew for them. */
function useLatest<T extends Record<string, Act>>(acts: T): T {
  const newest = useRef(acts);
  useLayoutEffect(() => {
    newest.current = acts;
  });
  const [same] = useState(() => Object.fromEntries(Object.keys(acts).map((name) => [name, (...given: never[]) => (newest.current[name] as Act)(...given)])) as T);
  return same;
}

function sentWith(remark: Remark, reviews: Reviews, attempt: string): string {
  const of = reviews.reviews.filter((one) => one.attempt_id === attempt);
  const index = of.findIndex((one) => one.id === remark.review_id);
  return index < 0 ? "" : `Review ${index + 1}, ${of[index]?.verdict === "approve" ? "approved" : "sent back"}`;
}

/** The lines of a place, as far as they are known: those of hunks, and those that were revealed. */
function textAt(file: ChangedFile, spot: Spot, revealed: ReadonlyMap<string, Revealed> | undefined): string[] {
  const known = new Map<number, string>();
  for (const hunk of fileHunks(file)) for (const line of hunk.lines) if (line[spot.side]) known.set(line[spot.side], line.text);
  if (spot.side === "new") {
    for (const [key, { top, bottom, total }] of revealed ?? []) {
      const [from, to] = key.split("-").map(Number) as [number, number];
      top.forEach((text, index) => known.set(from + index, text));
      bottom.forEach((text, index) => known.set((to || (total ?? 0)) - bottom.length + 1 + index, text));
    }
  }
  const lines: string[] = [];
  for (let line = spot.line; line <= spot.end; line += 1) lines.push(known.get(line) ?? "");
  return lines;
}

