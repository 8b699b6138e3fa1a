// The change as it is read: one list of rows, of which those in sight are drawn; the name of the file that one is in stays above.
import { defaultRangeExtractor, useVirtualizer, type Range, type Virtualizer } from "@tanstack/react-virtual";
import { memo, useCallback, useEffect, useImperativeHandle, useMemo, useRef, type ReactNode, type Ref } from "react";
import { RemarkCard } from "../remarks/card";
import { NewRemark } from "../remarks/editor";
import { holds, type Spot } from "../remarks/spot";
import { useDoing } from "./doing";
import { FileHead, GapRow, SayRow } from "./heads";
import { useHeights } from "./heights";
import { SplitLine, UnifiedLine } from "./lines";
import { fileHunks, type Row } from "./rows";
import { useSelecting } from "./selecting";
import { highlight } from "./syntax";

export interface ListHandle {
  toRow: (find: (row: Row) => boolean) => void;
  /** To the next file or remark, or the one before, from where one looks. */
  toFile: (by: 1 | -1) => void;
  toRemark: (by: 1 | -1) => void;
}

interface ListProps {
  rows: readonly Row[];
  split: boolean;
  space: boolean;
  selection: Spot | null;
  onSelect: (spot: Spot | null) => void;
  onFile: (path: string) => void;
  summary: ReactNode;
  end: ReactNode;
  ref: Ref<ListHandle>;
}

export const DifferenceList = memo(function DifferenceList({ rows, split, space, selection, onSelect, onFile, summary, end, ref }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const top = useRef(0);
  const heads = useMemo(() => rows.flatMap((row, index) => (row.kind === "file" ? [index] : [])), [rows]);
  const extract = useCallback(
    (range: Range) => {
      top.current = headAt(heads, range.startIndex);
      const found = defaultRangeExtractor(range);
      return top.current < 0 || found.includes(top.current) ? found : [top.current, ...found];
    },
    [heads],
  );
  const [heights, size] = useHeights(rows, scroller);
  const virtual = useVirtualizer<HTMLDivElement, HTMLDivElement>({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: useCallback((index: number) => heights[index] as number, [heights]),
    getItemKey: useCallback((index: number) => (rows[index] as Row).key, [rows]),
    rangeExtractor: extract,
    overscan: 12,
  });
  useEffect(() => virtual.measure(), [virtual, size]);
  useImperativeHandle(ref, () => handle(rows, heads, virtual), [rows, heads, virtual]);
  const items = virtual.getVirtualItems();
  const current = top.current >= 0 ? rows[top.current] : undefined;
  const path = current?.kind === "file" ? current.file.path : "";
  useEffect(() => onFile(path), [onFile, path]);
  useEffect(() => {
    for (const item of items) {
      const row = rows[item.index];
      if (row?.kind === "file") highlight(row.file.path, fileHunks(row.file, space));
      else if (row?.kind === "line" || row?.kind === "pair") highlight(row.file.path, fileHunks(row.file, space));
    }
  }, [items, rows, space]);
  const handlers = useSelecting(selection, onSelect);
  return (
    <div className="d-list" ref={scroller} role="region" aria-label="The change" tabIndex={0} {...handlers}>
      <div className="d-rows" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const sticky = item.index === top.current;
          const row = rows[item.index] as Row;
          return (
            <div
              key={item.key}
              data-index={item.index}
              ref={virtual.measureElement}
              className={sticky ? "d-row sticky" : "d-row"}
              style={sticky ? undefined : { transform: `translateY(${item.start}px)` }}
            >
              <Shown row={row} before={rows[item.index - 1]} selection={selection} split={split} summary={summary} end={end} />
            </div>
          );
        })}
      </div>
    </div>
  );
});

interface ShownProps {
  row: Row;
  before: Row | undefined;
  selection: Spot | null;
  split: boolean;
  summary: ReactNode;
  end: ReactNode;
}

const Shown = memo(function Shown({ row, before, selection, summary, end }: ShownProps) {
  const { mayRemark, since } = useDoing();
  const first = before?.kind !== "line" && before?.kind !== "pair";
  const may = { may: mayRemark, mayOld: !since, first };
  switch (row.kind) {
    case "summary":
      return summary;
    case "end":
      return end;
    case "file":
      return <FileHead file={row.file} />;
    case "say":
      return <SayRow file={row.file} about={row.about} />;
    case "gap":
      return <GapRow file={row.file} gap={row.gap} hidden={row.hidden} />;
    case "remark":
      return <RemarkCard placed={row.placed} file={row.file} />;
    case "editor":
      return <NewRemark file={row.file} spot={row.spot} />;
    case "line": {
      const side = row.line.mark === "-" ? "old" : "new";
      const marked = !!selection && selection.path === (side === "old" ? row.file.was : row.file.path) && holds(selection, side, row.line[side]);
      return <UnifiedLine file={row.file} line={row.line} marked={marked} {...may} />;
    }
    case "pair": {
      const left = !!selection && !!row.left && selection.path === row.file.was && holds(selection, "old", row.left.old);
      const right = !!selection && !!row.right && selection.path === row.file.path && holds(selection, "new", row.right.new);
      return <SplitLine file={row.file} left={row.left} right={row.right} markedLeft={left} markedRight={right} {...may} />;
    }
  }
});

/** The last file that begins at or above a row; -1: none does. */
function headAt(heads: readonly number[], index: number): number {
  let [low, high] = [0, heads.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((heads[middle] as number) <= index) low = middle + 1;
    else high = middle;
  }
  return low ? (heads[low - 1] as number) : -1;
}

function handle(rows: readonly Row[], heads: readonly number[], virtual: Virtualizer<HTMLDivElement, HTMLDivElement>): ListHandle {
  const go = (index: number | undefined) => {
    const row = index === undefined ? undefined : rows[index];
    if (index === undefined || !row) return;
    virtual.scrollToIndex(index, { align: row.kind === "remark" ? "center" : "start" });
    if (row.kind === "remark") focusRemark(row.placed.remark.id);
  };
  /** The row at the upper edge. */
  const here = () => virtual.getVirtualItemForOffset((virtual.scrollOffset ?? 0) + 2)?.index ?? 0;
  return {
    toRow: (find) => go(rows.findIndex(find)),
    toFile: (by) => {
      const at = here();
      const own = headAt(heads, at);
      if (by > 0) return go(heads.find((head) => head > at));
      go(own === at || own < 0 ? heads.findLast((head) => head < at) : own);
    },
    toRemark: (by) => {
      const focused = document.activeElement?.closest("[data-remark]")?.closest<HTMLElement>("[data-index]");
      const at = focused ? Number(focused.dataset.index) : here();
      const is = (row: Row, index: number) => row.kind === "remark" && (by > 0 ? index > at : index < at);
      go(by > 0 ? rows.findIndex(is) : rows.findLastIndex(is));
    },
  };
}

function focusRemark(id: string, tries = 20): void {
  const found = document.querySelector<HTMLElement>(`[data-remark="${CSS.escape(id)}"]`);
  if (found) found.focus({ preventScroll: true });
  else if (tries) requestAnimationFrame(() => focusRemark(id, tries - 1));
}
