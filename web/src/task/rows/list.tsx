// The timeline: only the rows in sight are in the page, whatever the log's length. At its end it follows what comes.
import { ArrowDown } from "lucide-react";
import { useEffect, useRef, type KeyboardEvent } from "react";
import { Button } from "../../kit";
import type { Row } from "../timeline/row";
import { useRolling } from "./rolling";
import { RowView } from "./row";
import "./rows.css";

const HEIGHTS: Partial<Record<Row["kind"], number>> = { step: 24, note: 28, calls: 30, turn: 36, thought: 30, network: 28, command: 150, edit: 180, verification: 170, said: 64 };

interface ListProps {
  rows: readonly Row[];
  /** How much was read of what comes before these rows, of 1; null: they are all. */
  reading: number | null;
  /** The row that a link points to; -1: none, or not here yet. */
  marked: number;
  /** A link points to a row: nothing is followed until the reader goes to the end. */
  pointed: boolean;
  onLive: () => void;
  label: string;
}

export function List({ rows, reading, marked, pointed, onLive, label }: ListProps) {
  const box = useRef<HTMLDivElement>(null);
  const room = useRef<HTMLDivElement>(null);
  const block = useRef<HTMLDivElement>(null);
  const known = { count: rows.length, keyOf: (index: number) => rows[index]?.key ?? "", estimateOf: (index: number) => HEIGHTS[rows[index]?.kind ?? "note"] ?? 90 };
  const { first, last, away, toEnd, toStart, toRow } = useRolling(known, box, room, block, !pointed);
  useEffect(() => {
    if (marked >= 0) toRow(marked);
  }, [marked, toRow]);
  const live = () => {
    if (pointed) onLive();
    toEnd();
  };
  /** To the beginning and the end at once: on its way there a browser would have every row measured. */
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current || (event.key !== "Home" && event.key !== "End")) return;
    event.preventDefault();
    if (event.key === "Home") toStart();
    else live();
  };
  return (
    <div className="timeline">
      {reading !== null && (
        <p className="timeline-reading faint small" data-reading>
          The log from its beginning: {Math.floor(reading * 100)} %
        </p>
      )}
      <div className="timeline-box" ref={box} tabIndex={0} role="region" aria-label={label} onKeyDown={onKeyDown}>
        <div className="timeline-rows" ref={room}>
          <div className="timeline-block" ref={block}>
            {rows.slice(first, last + 1).map((row, index) => (
              <div key={row.key} data-index={first + index} data-seq={row.seq || undefined} className={first + index === marked ? `trow row-${row.kind} marked` : `trow row-${row.kind}`}>
                <RowView row={row} />
              </div>
            ))}
          </div>
        </div>
      </div>
      {away && (
        <Button className="to-end" small onClick={live}>
          <ArrowDown size={14} aria-hidden /> Jump to live
        </Button>
      )}
    </div>
  );
}
