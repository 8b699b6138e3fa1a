// A command: its line, how it ended, what it printed.
import { useEffect, useState } from "react";
import { Badge, duration } from "../../kit";
import { useFold } from "../here";
import type { CommandRow } from "../timeline/row";
import { Output } from "./output";

const LONG = 400;

function Since({ at }: { at: number }) {
  const [now, setNow] = useState(() => Date.now() / 1000);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round(now - at));
  return <>{seconds < 60 ? `${seconds} s` : duration(seconds)}</>;
}

function End({ row }: { row: CommandRow }) {
  if (row.running)
    return (
      <Badge tone="info" live>
        Running <Since at={row.time} />
      </Badge>
    );
  const { event } = row;
  if (!event) return <Badge tone="warn">Stopped</Badge>;
  const took = <span className="faint small">{duration(event.seconds ?? 0)}</span>;
  const failed = event.pipe?.filter((code) => code !== 0).length;
  if (event.timed_out) return <Badge tone="bad">Out of time after {duration(event.seconds ?? 0)}</Badge>;
  if (event.background && event.exit_code == null && !event.signal) return <Badge tone="info">In the background</Badge>;
  if (event.exit_code === 0 && failed) return <><Badge tone="warn">Pipe: {event.pipe?.join(", ")}</Badge> {took}</>;
  if (event.exit_code === 0) return <><Badge tone="good">exit 0</Badge> {took}</>;
  return <><Badge tone="bad">{event.exit_code == null ? event.signal || "killed" : `exit ${event.exit_code}`}</Badge> {took}</>;
}

export function CommandView({ row }: { row: CommandRow }) {
  const [open, toggle] = useFold(`line ${row.key}`);
  const long = row.command.length > LONG || row.command.split("\n").length > 6;
  const good = row.event?.exit_code === 0 && !row.event.timed_out;
  return (
    <div className="card-row">
      <div className="command-line">
        <code className={long && !open ? "cmd short" : "cmd"} dir="ltr" title={row.cwd && row.cwd !== "/workspace" ? `in ${row.cwd}` : undefined}>
          <span className="sign" aria-hidden>
            ${" "}
          </span>
          {row.command}
        </code>
        <span className="end">
          {row.event?.by && <span className="faint small">by {row.event.by}</span>}
          <End row={row} />
        </span>
      </div>
      {long && (
        <button type="button" className="link" onClick={toggle} aria-expanded={open}>
          {open ? "Fold the command" : "Whole command"}
        </button>
      )}
      <Output name={row.key} text={row.output} artifact={row.event?.artifact ?? ""} bytes={row.event?.output_bytes ?? 0} running={row.running} room={row.running ? 10 : good ? 5 : 10} />
    </div>
  );
}
