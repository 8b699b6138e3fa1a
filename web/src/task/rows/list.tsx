// The timeline: only the rows in sight are in the page, whatever the log's length. At its end it follows what comes.
import { ArrowDown } from "lucide-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useMemo, useRef, useState, type Ref } from "react";
import { Button } from "../../kit";
import type { Row } from "../timeline/row";
import { RowView } from "./row";
import "./rows.css";

const HEIGHTS: Partial<Record<Row["kind"], number>> = { step: 24, note: 28, calls: 30, turn: 36, thought: 30, network: 28, command: 150, edit: 180, verification: 170, said: 64 };
const NEAR = 80;

export interface ListHandle {
  toEnd: () => void;
}

interface ListProps {
  rows: readonly Row[];
  /** The row that a link points to; -1: none, or not here yet. */
  marked: number;
  /** A link points to a row: nothing is followed until the reader goes to the end. */
  pointed: boolean;
  onLive: () => void;
  handle?: Ref<ListHandle>;
  label: string;
}

export function List({ rows, marked, pointed, onLive, handle, label }: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const [away, setAway] = useState(false);
  const began = useRef(false);
  // Read through a reference: a function that is new with each picture would have every row measured anew.
  const now = useRef(rows);
  now.current = rows;
  const keyOf = useCallback((index: number) => now.current[index]?.key ?? index, []);
  const heightOf = useCallback((index: number) => HEIGHTS[now.current[index]?.kind ?? "note"] ?? 90, []);
  const list = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: heightOf,
    getItemKey: keyOf,
    overscan: 8,
    anchorTo: "end",
    followOnAppend: !pointed,
    scrollEndThreshold: NEAR,
    paddingStart: 12,
    paddingEnd: 20,
  });
  const toEnd = useMemo(() => () => list.scrollToEnd({}), [list]);
  useImperativeHandle(handle, () => ({ toEnd }), [toEnd]);
  useLayoutEffect(() => {
    if (began.current || !rows.length) return;
    began.current = true;
    if (!pointed) toEnd();
  }, [rows.length, pointed, toEnd]);
  useEffect(() => {
    if (marked >= 0) list.scrollToIndex(marked, { align: "center" });
  }, [marked, list]);
  const far = useRef(false);
  const look = () => {
    const at = box.current;
    if (!at) return;
    far.current = at.scrollHeight - at.scrollTop - at.clientHeight > NEAR;
    setAway(far.current);
  };
  // What opens below (a question, a second line of what is written) must not hide the end.
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const watching = new ResizeObserver(() => far.current || pointed || toEnd());
    watching.observe(at);
    return () => watching.disconnect();
  }, [pointed, toEnd]);
  return (
    <div className="timeline">
      <div className="timeline-box" ref={box} tabIndex={0} role="region" aria-label={label} onScroll={look}>
        <div className="timeline-rows" style={{ height: list.getTotalSize() }}>
          {list.getVirtualItems().map((item) => {
            const row = rows[item.index] as Row;
            return (
              <div
                key={item.key}
                ref={list.measureElement}
                data-index={item.index}
                data-seq={row.seq || undefined}
                className={item.index === marked ? `trow row-${row.kind} marked` : `trow row-${row.kind}`}
                style={{ transform: `translateY(${item.start}px)` }}
              >
                <RowView row={row} />
              </div>
            );
          })}
        </div>
      </div>
      {away && (
        <Button
          className="to-end"
          small
          onClick={() => {
            if (pointed) onLive();
            toEnd();
          }}
        >
          <ArrowDown size={14} aria-hidden /> Jump to live
        </Button>
      )}
    </div>
  );
}
