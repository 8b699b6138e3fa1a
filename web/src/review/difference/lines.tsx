// A line of the change: one below the other, or both sides beside each other. The numbers are what one remarks on.
import { memo } from "react";
import type { Side } from "../remarks/spot";
import { Code } from "./code";
import type { Line } from "./patch";
import type { ChangedFile } from "./rows";
import { useSyntax } from "./syntax";

const NAMES = { "+": "added", "-": "removed", " ": "unchanged" } as const;
const LOOKS = { "+": "add", "-": "del", " ": "" } as const;

interface GutterProps {
  file: ChangedFile;
  line: Line;
  side: Side;
  both?: boolean;
  remarkable: boolean;
  /** The first line of a hunk is where the Tab key comes to. */
  first: boolean;
}

function Gutter({ file, line, side, both, remarkable, first }: GutterProps) {
  const number = side === "old" ? line.old : line.new;
  const numbers = both ? (
    <>
      <span className="d-n" data-shown={line.old || ""} />
      <span className="d-n" data-shown={line.new || ""} />
    </>
  ) : (
    <span className="d-n" data-shown={number || ""} />
  );
  if (!remarkable) return <span className="d-gutter">{numbers}</span>;
  return (
    <button
      type="button"
      className="d-gutter"
      tabIndex={first ? 0 : -1}
      data-path={side === "old" ? file.was : file.path}
      data-side={side}
      data-n={number}
      aria-label={`Remark on ${side === "old" ? "old " : ""}line ${number}, ${NAMES[line.mark]}`}
    >
      {numbers}
    </button>
  );
}

interface LineProps {
  file: ChangedFile;
  line: Line;
  marked: boolean;
  first: boolean;
  /** Which sides can be remarked on. */
  may: boolean;
  mayOld: boolean;
}

export const UnifiedLine = memo(function UnifiedLine({ file, line, marked, first, may, mayOld }: LineProps) {
  useSyntax(file.path);
  const side = line.mark === "-" ? "old" : "new";
  return (
    <div className={`d-line ${LOOKS[line.mark]} ${marked ? "marked" : ""}`}>
      <Gutter file={file} line={line} side={side} both remarkable={may && (side === "new" || mayOld)} first={first} />
      <span className="d-mark">{line.mark}</span>
      <Code line={line} words />
    </div>
  );
});

interface PairProps extends Omit<LineProps, "line" | "marked"> {
  left: Line | null;
  right: Line | null;
  markedLeft: boolean;
  markedRight: boolean;
}

export const SplitLine = memo(function SplitLine({ file, left, right, markedLeft, markedRight, first, may, mayOld }: PairProps) {
  useSyntax(file.path);
  const half = (line: Line | null, side: Side, marked: boolean) => {
    if (!line) return <div className="d-half none" />;
    return (
      <div className={`d-half ${LOOKS[line.mark]} ${marked ? "marked" : ""}`}>
        <Gutter file={file} line={line} side={side} remarkable={may && (side === "new" || mayOld)} first={first && (side === "new" || !right)} />
        <span className="d-mark">{line.mark}</span>
        <Code line={line} words={line.mark !== " "} />
      </div>
    );
  };
  return (
    <div className="d-pair">
      {half(left, "old", markedLeft)}
      {half(right, "new", markedRight)}
    </div>
  );
});
