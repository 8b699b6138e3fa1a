// The rows in sight of a long list, laid out as they are; all others are height alone. What one looks at stays where it is while
// rows above it come, go or are measured; who is at the end stays there.
import { useCallback, useLayoutEffect, useReducer, useRef, useState, type RefObject } from "react";
import { flushSync } from "react-dom";
import { Heights, type Rows } from "./heights";

/** Pixels around what is in sight in which rows are in the page, too. */
const AROUND = 500;
/** Pixels from the end within which one is there. */
const NEAR = 80;
const UNKNOWN = 900;
/** Room before the first row, and after the last one. */
const BEFORE = 12;
const AFTER = 20;

/** What keeps its place: the end, or a row, so many pixels of it out of sight, or in the middle. */
type Held = "end" | { readonly key: string; readonly index: number; readonly past: number | "middle" };

interface Rolling {
  /** The rows that are in the page. */
  readonly first: number;
  readonly last: number;
  /** Whether one is not at the end. */
  readonly away: boolean;
  readonly toEnd: () => void;
  readonly toStart: () => void;
  readonly toRow: (index: number) => void;
}

export function useRolling(rows: Rows, box: RefObject<HTMLElement | null>, room: RefObject<HTMLElement | null>, block: RefObject<HTMLElement | null>, atEnd: boolean): Rolling {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const [heights] = useState(() => new Heights());
  heights.follow(rows);
  const held = useRef<Held>(atEnd ? "end" : { key: heights.keyOf(0), index: 0, past: -BEFORE });
  const own = useRef(-1);
  const drawn = useRef({ first: 0, last: -1 });

  const view = () => box.current?.clientHeight || UNKNOWN;
  /** Where the box should be scrolled to. */
  const wanted = () => {
    const now = held.current;
    const most = Math.max(0, BEFORE + heights.total + AFTER - view());
    if (now === "end") return most;
    const index = heights.indexOf(now.key, now.index);
    const past = now.past === "middle" ? (heights.sizeOf(index) - view()) / 2 : now.past;
    return Math.max(0, Math.min(most, BEFORE + heights.startOf(Math.max(0, index)) + past));
  };
  const range = (around: number) => {
    const top = wanted() - BEFORE;
    return { first: heights.indexAt(top - around), last: heights.count ? heights.indexAt(top + view() + around) : -1 };
  };
  drawn.current = range(AROUND);

  /** Lay the page out as the heights are now, and put what is held in its place. */
  const settle = useRef<() => void>(() => undefined);
  settle.current = () => {
    if (!box.current || !room.current || !block.current) return;
    room.current.style.height = `${BEFORE + heights.total + AFTER}px`;
    block.current.style.transform = `translateY(${BEFORE + heights.startOf(drawn.current.first)}px)`;
    const top = wanted();
    if (Math.abs(box.current.scrollTop - top) > 0.5) box.current.scrollTop = top;
    own.current = box.current.scrollTop;
    const { first, last } = range(AROUND / 5);
    if (first < drawn.current.first || last > drawn.current.last) draw();
  };
  const measure = useCallback(
    (elements: Iterable<Element>) => {
      if (!box.current?.clientHeight) return;
      for (const element of elements) heights.measure(Number((element as HTMLElement).dataset.index), element.getBoundingClientRect().height);
      settle.current();
    },
    [box, heights],
  );

  const watching = useRef<ResizeObserver | null>(null);
  useLayoutEffect(() => {
    const at = box.current;
    if (!at) return;
    const sizes = new ResizeObserver((seen) => measure(seen.map((one) => one.target).filter((one) => one !== at && one.isConnected)));
    watching.current = sizes;
    sizes.observe(at);
    const scrolled = () => {
      if (!at.clientHeight || Math.abs(at.scrollTop - own.current) < 1) return;
      own.current = at.scrollTop;
      const index = heights.indexAt(at.scrollTop - BEFORE);
      const end = at.scrollHeight - at.scrollTop - at.clientHeight <= NEAR;
      held.current = end ? "end" : { key: heights.keyOf(index), index, past: at.scrollTop - BEFORE - heights.startOf(index) };
      flushSync(draw);
    };
    at.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      sizes.disconnect();
      at.removeEventListener("scroll", scrolled);
    };
  }, [box, heights, measure]);

  const observed = useRef(new Set<Element>());
  useLayoutEffect(() => {
    const here = new Set(block.current?.children);
    for (const one of observed.current) if (!here.has(one)) watching.current?.unobserve(one);
    for (const one of here) if (!observed.current.has(one)) watching.current?.observe(one);
    observed.current = here;
    measure(here);
  });

  const hold = useCallback((to: Held) => {
    held.current = to;
    draw();
  }, []);
  const toEnd = useCallback(() => hold("end"), [hold]);
  const toStart = useCallback(() => hold({ key: heights.keyOf(0), index: 0, past: -BEFORE }), [hold, heights]);
  const toRow = useCallback((index: number) => hold({ key: heights.keyOf(index), index, past: "middle" }), [hold, heights]);
  return { ...drawn.current, away: held.current !== "end", toEnd, toStart, toRow };
}
