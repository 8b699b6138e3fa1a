// How high each row will be, before it is drawn: exactly for a line, which breaks after so many letters and nowhere else. A row
// that comes out otherwise has all after it moved, so it should be none.
import { useEffect, useMemo, useState, type RefObject } from "react";
import type { Row } from "./rows";

const LINE = 20;
const HIGH = { summary: 230, file: 52, say: 60, gap: 30, remark: 120, editor: 190, end: 160 } as const;
/** What stands beside the letters, in pixels: numbers, mark, margin; with both sides below each other, or beside. */
const BESIDE = { wide: { line: 122, half: 76.5 }, narrow: { line: 60, half: 60.5 } } as const;
const LONGEST = 4000;
const TAB = 4;

/** The heights, and what they were reckoned for: when that is another one, what was measured before does not hold. */
export function useHeights(rows: readonly Row[], scroller: RefObject<HTMLDivElement | null>): [Float64Array, object] {
  const [size, setSize] = useState({ width: 1000, letter: 7.225 });
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const look = () => {
      const width = element.clientWidth;
      setSize((before) => (before.width === width ? before : { width, letter: letterOf(element) }));
    };
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
  }, [scroller]);
  return [useMemo(() => heightsOf(rows, size.width, size.letter), [rows, size]), size];
}

function letterOf(element: HTMLElement): number {
  const context = document.createElement("canvas").getContext("2d");
  if (!context) return 7.225;
  context.font = `12px ${getComputedStyle(element).getPropertyValue("--mono")}`;
  return context.measureText("0".repeat(100)).width / 100 || 7.225;
}

export function heightsOf(rows: readonly Row[], width: number, letter: number): Float64Array {
  const beside = BESIDE[window.innerWidth <= 760 ? "narrow" : "wide"];
  const [whole, half] = [(width - beside.line) / letter, (width / 2 - beside.half) / letter];
  return Float64Array.from(rows, (row) => {
    if (row.kind === "line") return high(row.line.text, whole);
    if (row.kind === "pair") return Math.max(high(row.left?.text ?? "", half), high(row.right?.text ?? "", half));
    return HIGH[row.kind];
  });
}

function high(text: string, letters: number): number {
  return LINE * Math.max(1, Math.ceil(lettersOf(text) / Math.max(1, Math.floor(letters))));
}

/** How many places a text takes, with its tabs. */
export function lettersOf(text: string): number {
  if (!text.includes("\t")) return Math.min(text.length, LONGEST);
  let places = 0;
  for (let index = 0; index < text.length && index < LONGEST; index += 1) places += text[index] === "\t" ? TAB - (places % TAB) : 1;
  return places;
}
