// What a turn came to: the change, the clean runs and their verdict, the template's checks, the end.
import { GitBranch, ShieldCheck } from "lucide-react";
import { Badge, duration, Markdown, money, type Tone } from "../../kit";
import { useFold } from "../here";
import type { ChangeRow, ChecksRow, CitedRow, OutcomeRow, VerificationRow } from "../timeline/row";
import { counts, good, inOrder, RUNS, VERDICTS } from "../timeline/verification";
import { Size } from "./work";

export function ChangeView({ row }: { row: ChangeRow }) {
  const [open, toggle] = useFold(row.key);
  const { branch = "", files = [], added = 0, removed = 0, head = "" } = row.event.change ?? {};
  return (
    <div className="card-row">
      <p className="row wrap">
        <span className="row">
          <GitBranch size={15} aria-hidden />
          <code className="truncate" title={branch}>
            {branch}
          </code>
        </span>
        <code className="faint">{head.slice(0, 8)}</code>
        <button type="button" className="link" onClick={toggle} aria-expanded={open}>
          {files.length} {files.length === 1 ? "file" : "files"}
        </button>
        <Size added={added} removed={removed} />
      </p>
      {open && (
        <ul className="mono small">
          {files.map((file) => (
            <li key={file} dir="auto">
              {file}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

export function VerificationView({ row }: { row: VerificationRow }) {
  const verdict = row.verified ? VERDICTS[row.verified.verdict ?? "not-run"] : null;
  return (
    <div className="card-row">
      <p className="row wrap">
        <ShieldCheck size={16} aria-hidden />
        <strong>Verification</strong>
        {verdict ? <Badge tone={verdict.tone}>{verdict.words}</Badge> : <Badge tone="info" live>running</Badge>}
        {row.verified?.why && (
          <span className="soft" dir="auto">
            {row.verified.why}
          </span>
        )}
      </p>
      <ul className="proof-runs">
        {inOrder(row.runs).map((run) => (
          <li key={`${run.seq}`} title={RUNS[run.name ?? ""]?.about}>
            <span className={run.exit_code === 0 ? "mark good" : "mark bad"}>{run.exit_code === 0 ? "green" : "red"}</span>
            <span>{RUNS[run.name ?? ""]?.name ?? run.name}</span>
            <span className="faint">
              {counts(run)} · {duration(run.seconds ?? 0)}
              {run.name === "must-fail" && (good(run) ? " · as it should be" : " · should be red")}
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const CHECKS: Record<string, Tone> = { passed: "good", failed: "bad", noted: "info", "not-measured": "warn" };

export function ChecksView({ row }: { row: ChecksRow }) {
  return (
    <div className="card-row">
      <strong>What {row.event.workload} asks for</strong>
      <ul className="stack">
        {row.event.checks?.map((check, index) => (
          <li key={index} className="row top">
            <Badge tone={CHECKS[check.state ?? ""] ?? "plain"}>{check.state}</Badge>
            <span dir="auto">{check.text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

export function CitedView({ row }: { row: CitedRow }) {
  const cited = row.event.citations ?? [];
  const bad = cited.filter((one) => one.standing !== "there");
  return (
    <div className="card-row">
      <p>
        <strong>Citations</strong>{" "}
        <span className="soft">
          {cited.length ? `${cited.length - bad.length} of ${cited.length} can be looked up` : "The answer cites no file and line"}
        </span>
      </p>
      <ul className="mono small">
        {cited.map((one, index) => (
          <li key={index} dir="auto">
            {one.path}:{one.first}
            {one.last !== one.first && `-${one.last}`} {one.standing !== "there" && <Badge tone="bad">{one.standing}</Badge>}
          </li>
        ))}
      </ul>
    </div>
  );
}

const ENDS: Record<string, readonly [Tone, string]> = {
  succeeded: ["good", "Done"],
  failed: ["bad", "Failed"],
  cancelled: ["plain", "Stopped"],
  needs_input: ["warn", "Needs an answer"],
  over_budget: ["warn", "Over budget"],
};

export function OutcomeView({ row }: { row: OutcomeRow }) {
  const { outcome } = row.event;
  const [tone, words] = ENDS[outcome?.type ?? ""] ?? ["plain", outcome?.type ?? ""];
  const spend = outcome?.spend;
  const tokens = (spend?.usage?.input ?? 0) + (spend?.usage?.output ?? 0);
  const cost = money(spend?.cost_usd ?? 0, spend?.unpriced);
  const parts = [
    cost === "unknown" ? "price unknown" : cost,
    `${tokens.toLocaleString()} tokens`,
    `${spend?.steps ?? 0} ${spend?.steps === 1 ? "step" : "steps"}`,
    duration(spend?.seconds ?? 0),
  ];
  return (
    <div className="outcome">
      {row.message && <Markdown text={row.message} />}
      <p className="row wrap">
        <Badge tone={tone}>{words}</Badge>
        <span className="faint">{parts.join(" · ")}</span>
        {outcome?.scripted && <Badge tone="warn">scripted model</Badge>}
      </p>
      {outcome?.type !== "succeeded" && outcome?.type !== "needs_input" && (
        <p dir="auto">
          {outcome?.why}
          {outcome?.type === "failed" && outcome.fix && <span className="soft"> {outcome.fix}</span>}
        </p>
      )}
    </div>
  );
}
