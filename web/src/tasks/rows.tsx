// The rows that are in sight, of however many there are.
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";
import { Bone, Trouble } from "../kit";
import { useShortcuts } from "../shell/keys";
import type { Line } from "./filters";
import { Row } from "./row";

export type Entry = { kind: "line"; line: Line } | { kind: "head"; id: string; text: string; count?: number; all?: boolean };

interface Props {
  entries: readonly Entry[];
  /** What list this is: who comes back to it finds it where they left it. */
  place: string;
  chosen: ReadonlyMap<string, Line>;
  onChoose: (chosen: ReadonlyMap<string, Line>) => void;
  /** Of a heading that does not have all beneath it. */
  onAll: () => void;
  more: boolean;
  onMore: () => void;
  failed: unknown;
}

const places = new Map<string, number>();
const AHEAD = 20;
const HEAD = 38;
const ROW = 60;
const CARD = 112;

const narrow = window.matchMedia("(max-width: 760px)");

export function Rows({ entries, place, chosen, onChoose, onAll, more, onMore, failed }: Props) {
  const body = useRef<HTMLDivElement>(null);
  const main = () => document.getElementById("main");
  const [margin, setMargin] = useState(0);
  const last = useRef(-1);
  const virtual = useVirtualizer({
    count: entries.length,
    getScrollElement: main,
    estimateSize: (index) => (entries[index]?.kind === "head" ? HEAD : narrow.matches ? CARD : ROW),
    getItemKey: (index) => keyOf(entries[index]),
    overscan: 8,
    scrollMargin: margin,
    initialOffset: () => places.get(place) ?? 0,
    scrollPaddingStart: 96,
    scrollPaddingEnd: 72,
  });
  useLayoutEffect(() => {
    const frame = main();
    if (body.current && frame) setMargin(body.current.getBoundingClientRect().top - frame.getBoundingClientRect().top + frame.scrollTop);
  }, [place]);
  useEffect(() => {
    const frame = main();
    const keep = () => frame && places.set(place, frame.scrollTop);
    if (frame && places.has(place)) frame.scrollTop = places.get(place) ?? 0;
    frame?.addEventListener("scroll", keep, { passive: true });
    return () => frame?.removeEventListener("scroll", keep);
  }, [place]);

  const items = virtual.getVirtualItems();
  const end = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && !failed && end >= entries.length - AHEAD) onMore();
  }, [more, failed, end, entries.length, onMore]);

  /** Focus goes from row to row; a row that is not in sight comes into it first. */
  const go = useCallback(
    (from: number, step: number) => {
      let index = from + step;
      while (entries[index]?.kind === "head") index += step;
      if (!entries[index]) return;
      virtual.scrollToIndex(index, { align: "auto" });
      focusRow(body.current, index);
    },
    [entries, virtual],
  );
  const at = () => Number((document.activeElement?.closest("[data-index]") as HTMLElement | null)?.dataset.index ?? -1);
  useShortcuts([
    { keys: "j", about: "Next task", run: () => go(at(), 1) },
    { keys: "k", about: "Task before", run: () => go(at() < 0 ? 0 : at(), -1) },
    { keys: "x", about: "Choose a task", run: () => at() >= 0 && toggle(at(), false) },
  ]);
  const toggle = (index: number, through: boolean) => {
    const now = new Map(chosen);
    const here = entries[index];
    if (here?.kind !== "line") return;
    const adding = !now.has(here.line.id);
    const [from, to] = through && last.current >= 0 ? [Math.min(last.current, index), Math.max(last.current, index)] : [index, index];
    for (const entry of entries.slice(from, to + 1)) {
      if (entry.kind === "head") continue;
      if (adding) now.set(entry.line.id, entry.line);
      else now.delete(entry.line.id);
    }
    last.current = index;
    onChoose(now);
  };
  const latest = useRef(toggle);
  latest.current = toggle;
  const choose = useCallback((index: number, through: boolean) => latest.current(index, through), []);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (!step || at() < 0) return;
    event.preventDefault();
    go(at(), step);
  };
  return (
    <>
      <div className="tasks-list" role="table" aria-label="Tasks" aria-rowcount={more ? -1 : entries.length + 1} onKeyDown={onKeyDown}>
        <Heads />
        <div ref={body} role="rowgroup" className="tasks-body" style={{ height: virtual.getTotalSize() }}>
          {items.map((item) => {
            const entry = entries[item.index];
            if (!entry) return null;
            const style = { transform: `translateY(${item.start - margin}px)` };
            return (
              <div key={item.key} ref={virtual.measureElement} data-index={item.index} className="tasks-slot" role="row" aria-rowindex={item.index + 2} style={style}>
                {entry.kind === "head" ? (
                  <div role="cell" aria-colspan={8} className="tasks-head">
                    {entry.text}
                    {entry.count !== undefined && <span className="tasks-count needs">{entry.count}</span>}
                    {entry.all && (
                      <button type="button" className="btn quiet small" onClick={onAll}>
                        Show all {entry.count?.toLocaleString()}
                      </button>
                    )}
                  </div>
                ) : (
                  <Row line={entry.line} index={item.index} chosen={chosen.has(entry.line.id)} onChoose={choose} />
                )}
              </div>
            );
          })}
        </div>
      </div>
      {failed ? <Trouble error={failed} retry={onMore} /> : more && <Bone width="30%" />}
    </>
  );
}

function keyOf(entry: Entry | undefined): string {
  return entry ? (entry.kind === "head" ? entry.id : entry.line.id) : "";
}

/** The row may be drawn only after the list has scrolled. */
function focusRow(body: HTMLElement | null, index: number, tries = 10): void {
  const link = body?.querySelector<HTMLElement>(`[data-index="${index}"] .tasks-open`);
  if (link) link.focus({ preventScroll: true });
  else if (tries) requestAnimationFrame(() => focusRow(body, index, tries - 1));
}

function Heads() {
  return (
    <div role="rowgroup" className="tasks-heads">
      <div role="row" aria-rowindex={1} className="tasks-row">
        <span role="columnheader">
          <span className="sr-only">Choose</span>
        </span>
        <span role="columnheader">State</span>
        <span role="columnheader">Task</span>
        <span role="columnheader">Progress</span>
        <span role="columnheader">Checks</span>
        <span role="columnheader" className="num">
          Change
        </span>
        <span role="columnheader" className="num">
          Cost
        </span>
        <span role="columnheader">Asked by</span>
      </div>
    </div>
  );
}
