// A diff within the timeline: folded where it is long, a window of lines where all of it is shown.
import { useQuery } from "@tanstack/react-query";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef } from "react";
import { Bones, Button, count, Trouble } from "../../kit";
import { artifactQuery } from "../artifact";
import { useFold, useHere } from "../here";
import { diffLines, type DiffLine } from "../timeline/diff";

const SHOWN = 16;
const WINDOWED = 200;
const LINE = 19;
const SIGN = { add: "+", del: "−", same: " ", hunk: "", file: "" } as const;

function Line({ line }: { line: DiffLine }) {
  if (line.kind === "file")
    return (
      <div className="dl file" dir="auto">
        {line.text}
      </div>
    );
  if (line.kind === "hunk") return <div className="dl hunk">⋯ {line.text}</div>;
  return (
    <div className={`dl ${line.kind}`}>
      <span className="no" aria-hidden>
        {line.old || ""}
      </span>
      <span className="no" aria-hidden>
        {line.new || ""}
      </span>
      <span className="sign">{SIGN[line.kind]}</span>
      <span className="txt">{line.text}</span>
    </div>
  );
}

function Windowed({ lines }: { lines: readonly DiffLine[] }) {
  const box = useRef<HTMLDivElement>(null);
  const list = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => LINE, overscan: 20 });
  return (
    <div className="diff windowed" ref={box} tabIndex={0} role="group" aria-label="Diff">
      <div className="lines-all" style={{ height: list.getTotalSize() }}>
        {list.getVirtualItems().map((item) => (
          <div key={item.index} className="line" style={{ transform: `translateY(${item.start}px)` }}>
            <Line line={lines[item.index] as DiffLine} />
          </div>
        ))}
      </div>
    </div>
  );
}

export function DiffText({ diff, all }: { diff: string; all?: boolean }) {
  const lines = useMemo(() => diffLines(diff), [diff]);
  if (all && lines.length > WINDOWED) return <Windowed lines={lines} />;
  const shown = all ? lines : lines.slice(0, SHOWN);
  return (
    <div className="diff" tabIndex={0} role="group" aria-label="Diff" dir="ltr">
      {shown.map((line, index) => (
        <Line key={index} line={line} />
      ))}
    </div>
  );
}

/** A diff of an event: its beginning, then all of it, from what is kept where the event holds only a part. */
export function Diff({ name, diff, artifact }: { name: string; diff: string; artifact: string }) {
  const { attempt } = useHere();
  const [open, toggle] = useFold(`diff ${name}`);
  const whole = useQuery({ ...artifactQuery(attempt, artifact), enabled: open && !!artifact });
  const total = useMemo(() => diffLines(diff).length, [diff]);
  if (open && whole.error) return <Trouble error={whole.error} retry={() => void whole.refetch()} />;
  if (open && artifact && whole.data === undefined) return <Bones lines={3} />;
  return (
    <>
      <DiffText diff={open && whole.data ? whole.data : diff} all={open} />
      {(total > SHOWN || artifact) && (
        <Button look="quiet" small onClick={toggle} aria-expanded={open}>
          {open ? "Fold" : artifact ? "Show the whole diff" : `Show ${count(total - SHOWN)} more lines`}
        </Button>
      )}
    </>
  );
}
