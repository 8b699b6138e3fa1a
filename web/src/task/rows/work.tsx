// What calls came to: edits, reading in one line, other tools, questions, the network.
import { ChevronRight, FileDiff, ShieldQuestion } from "lucide-react";
import { Badge, duration, Terminal } from "../../kit";
import { useFold } from "../here";
import { answeredWords } from "../timeline/answered";
import type { Call, CallsRow, EditRow, NetworkRow, PermissionRow } from "../timeline/row";
import { Diff, DiffText } from "./diff";

export function Size({ added, removed }: { added: number; removed: number }) {
  return (
    <span className="size">
      <span className="add">+{added}</span> <span className="del">−{removed}</span>
    </span>
  );
}

export function EditView({ row }: { row: EditRow }) {
  const [open, toggle] = useFold(row.key, row.added + row.removed <= 40);
  const [first = "files"] = row.paths;
  return (
    <div className="card-row">
      <button type="button" className="fold" onClick={toggle} aria-expanded={open}>
        <ChevronRight size={14} className={open ? "turned" : ""} aria-hidden />
        <FileDiff size={14} aria-hidden />
        {row.person && <span className="faint">edited by a person</span>}
        <code className="truncate" title={row.paths.join("\n")} dir="auto">
          {first}
        </code>
        {row.paths.length > 1 && <span className="faint">and {row.paths.length - 1} more</span>}
        <Size added={row.added} removed={row.removed} />
      </button>
      {open && <Diff name={row.key} diff={row.diff} artifact={row.artifact} />}
    </div>
  );
}

const VERBS: Record<string, string> = { read: "Read", search: "Searched", fetch: "Fetched" };

function lookedAt(calls: readonly Call[]): string {
  const parts: string[] = [];
  for (const name of ["read", "search", "fetch"]) {
    const these = calls.filter((call) => call.name === name);
    if (these.length) parts.push(`${VERBS[name]} ${these.map((call) => call.title).join(", ")}`);
  }
  return parts.join(" · ");
}

function CallOutput({ call }: { call: Call }) {
  const [open, toggle] = useFold(`call ${call.id}`);
  const mark = { running: "running", ok: "", failed: "failed", stopped: "stopped" }[call.state];
  return (
    <li>
      <button type="button" className="fold" onClick={toggle} aria-expanded={open}>
        <ChevronRight size={13} className={open ? "turned" : ""} aria-hidden />
        <span className="faint">{VERBS[call.name] ?? call.name}</span>
        <code className="truncate" dir="auto">
          {call.title}
        </code>
        {mark && <Badge tone={mark === "failed" ? "bad" : mark === "running" ? "info" : "warn"}>{mark}</Badge>}
        {call.seconds >= 0.1 && <span className="faint small">{duration(call.seconds)}</span>}
      </button>
      {call.state === "failed" && call.error && !open && (
        <p className="wrong small" dir="auto">
          {call.error.slice(0, 300)}
        </p>
      )}
      {open && (
        <>
          {!VERBS[call.name] && call.given && <Terminal text={pretty(call.given)} label="What the call was given" />}
          <Terminal text={call.output || "…"} label="What came of it" />
        </>
      )}
    </li>
  );
}

function pretty(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

export function CallsView({ row }: { row: CallsRow }) {
  const [open, toggle] = useFold(row.key);
  const [only] = row.calls;
  if (!only) return null;
  if (row.calls.length === 1)
    return (
      <ul className="calls">
        <CallOutput call={only} />
      </ul>
    );
  const failed = row.calls.filter((call) => call.state === "failed").length;
  return (
    <div>
      <button type="button" className="fold" onClick={toggle} aria-expanded={open}>
        <ChevronRight size={14} className={open ? "turned" : ""} aria-hidden />
        <span className="soft truncate" dir="auto">
          {lookedAt(row.calls)}
        </span>
        {failed > 0 && <Badge tone="bad">{failed} failed</Badge>}
      </button>
      {open && (
        <ul className="calls">
          {row.calls.map((call) => (
            <CallOutput key={call.id} call={call} />
          ))}
        </ul>
      )}
    </div>
  );
}

export function PermissionView({ row }: { row: PermissionRow }) {
  const { asked, answered } = row;
  const [open, toggle] = useFold(row.key);
  const question = asked.effect === "ask" && asked.tool !== "budget";
  return (
    <div className={answered ? "card-row question" : "card-row question open"}>
      <p className="row">
        <ShieldQuestion size={16} aria-hidden />
        <strong className={answered ? "grow pre" : "grow truncate"} dir="auto">
          {asked.title}
        </strong>
        {!answered && <Badge tone="warn" dot>waits for an answer below</Badge>}
      </p>
      {answered && (
        <p className="soft pre" dir="auto">
          {answered.by === "rule" ? `No answer: ${answered.text ?? ""}` : question ? answered.text || (answered.verdict === "no" ? "Declined" : "Yes") : answeredWords(row)}
          {answered.by !== "rule" && <span className="faint small"> — answered by {answered.by}</span>}
        </p>
      )}
      {!question && asked.detail && (
        <>
          <button type="button" className="link" onClick={toggle} aria-expanded={open}>
            {open ? "Hide what was asked for" : "What was asked for"}
          </button>
          {open && (asked.effect === "edit" ? <DiffText diff={asked.detail} all /> : <Terminal text={asked.detail} label="What was asked for" />)}
        </>
      )}
    </div>
  );
}

export function NetworkView({ row }: { row: NetworkRow }) {
  const told = new Map<string, { words: string; allowed: boolean; times: number }>();
  for (const one of row.decided) {
    const allowed = !!one.allowed;
    const what = [one.method, one.path].filter(Boolean).join(" ");
    const words = `${one.host}:${one.port}${what ? ` ${what}` : ""} ${allowed ? "let through" : "refused"} (${one.reason || one.rule || "no rule"})`;
    told.set(words, { words, allowed, times: (told.get(words)?.times ?? 0) + 1 });
  }
  return (
    <ul className="network">
      {[...told.values()].map(({ words, allowed, times }) => (
        <li key={words} className={allowed ? "note plain" : "note warn"}>
          <span dir="auto">
            Network: {words}
            {times > 1 && ` ${times}×`}
          </span>
        </li>
      ))}
    </ul>
  );
}
