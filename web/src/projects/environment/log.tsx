// What a setup says. It stays at its end while it grows, unless somebody reads further up.
import { useEffect, useRef, useState } from "react";
import { Ansi, Badge, duration, When } from "../../kit";
import type { Followed, Setup } from "./followed";
import { RunState } from "./try";

export function Log({ project, environment, row, followed }: { project: string; environment: string; row: Setup; followed: Followed }) {
  const box = useRef<HTMLPreElement>(null);
  const below = useRef(true);
  const { pieces, dropped, line } = followed;
  useEffect(() => {
    if (below.current && box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [pieces]);
  const whole = `/api/v1/projects/${encodeURIComponent(project)}/environments/${encodeURIComponent(environment)}/setups/${row.id}/log`;
  return (
    <div className="stack">
      <div className="row wrap" role="status">
        <RunState row={row} />
        <span className="soft">
          <Took row={row} />
        </span>
        {row.state === "running" && line === "down" && <Badge tone="warn">Connection lost, going on by itself</Badge>}
        <span className="grow" />
        <a href={whole} target="_blank" rel="noreferrer">
          Whole log
        </a>
      </div>
      {row.why && row.state !== "running" && (
        <p className={row.state === "failed" ? "said bad" : "said"} dir="auto">
          {row.why}
        </p>
      )}
      <pre
        ref={box}
        className="term try-log"
        dir="ltr"
        tabIndex={0}
        aria-label="What setup says"
        onScroll={(event) => {
          const { scrollTop, scrollHeight, clientHeight } = event.currentTarget;
          below.current = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {dropped > 0 && <span className="faint">{dropped.toLocaleString()} characters before this are in the whole log.{"\n"}</span>}
        {pieces.map((piece, index) => (
          <Ansi key={dropped + index} text={piece} />
        ))}
        {!pieces.length && <span className="faint">{row.state === "running" ? (row.worker_id ? "Nothing said yet…" : "A worker takes it in a moment…") : "It said nothing."}</span>}
      </pre>
    </div>
  );
}

function Took({ row }: { row: Setup }) {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    if (row.finished) return;
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, [row.finished]);
  if (row.finished) {
    return (
      <>
        {duration(row.finished - row.started)}, <When at={row.finished} />
      </>
    );
  }
  return <>{duration(Math.max(1, Math.round(now - row.started)))}</>;
}
