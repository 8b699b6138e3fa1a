// A file's syntax as the page asks for it: nothing until the worker has told, then each line's runs.
import { useSyncExternalStore } from "react";
import { languageOf } from "./languages";
import type { Hunk, Line } from "./patch";
import type { Run } from "./pieces";
import type { Asked, Told } from "./syntax.worker";

/** Letters of one file beyond which it stays plain. */
const MOST = 600_000;

const runs = new WeakMap<Line, readonly Run[]>();
const asked = new WeakSet<object>();
const versions = new Map<string, number>();
const listeners = new Set<() => void>();
const waiting = new Map<number, (told: Told) => void>();
let worker: Worker | null = null;
let next = 1;

export function runsOf(line: Line): readonly Run[] {
  return runs.get(line) ?? [];
}

/** Have the lines of these hunks highlighted, once. */
export function highlight(path: string, hunks: readonly Hunk[]): void {
  const language = languageOf(path);
  if (!language || asked.has(hunks)) return;
  asked.add(hunks);
  const sides = hunks.flatMap((hunk) => [hunk.lines.filter((line) => line.mark !== "+"), hunk.lines.filter((line) => line.mark !== "-")]);
  const texts = sides.map((lines) => lines.map((line) => line.text).join("\n"));
  if (texts.reduce((sum, text) => sum + text.length, 0) > MOST) return;
  ask({ id: next++, language, texts }, (told) => {
    told.lines.forEach((lines, side) => lines.forEach((found, index) => sides[side]?.[index] && runs.set(sides[side][index], found)));
    versions.set(path, (versions.get(path) ?? 0) + 1);
    listeners.forEach((listener) => listener());
  });
}

function ask(question: Asked, told: (told: Told) => void): void {
  if (!worker) {
    worker = new Worker(new URL("./syntax.worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<Told>) => {
      waiting.get(data.id)?.(data);
      waiting.delete(data.id);
    };
  }
  waiting.set(question.id, told);
  worker.postMessage(question);
}

const subscribe = (listener: () => void) => (listeners.add(listener), () => listeners.delete(listener));

/** Changes when more of the file's syntax is known. */
export function useSyntax(path: string): number {
  return useSyncExternalStore(subscribe, () => versions.get(path) ?? 0);
}
