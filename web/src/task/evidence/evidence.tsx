// The evidence of an attempt's last turn: verdict, sentences with what bears them out, what was not checked, and the proof as a file.
import { useQuery } from "@tanstack/react-query";
import { Download, FileQuestion } from "lucide-react";
import { Badge, Bones, duration, Empty, Trouble, type Tone } from "../../kit";
import { CopyLine } from "../copy";
import type { Attempt } from "../task";
import { EventLink } from "./links";
import { Proof } from "./proof";
import { reportQuery, type Check, type Report } from "./report";
import { Claims, Sentences } from "./sentences";
import "./evidence.css";

export function EvidencePart({ attempt, seq }: { attempt: Attempt; seq: number }) {
  const found = useQuery(reportQuery(attempt.id, seq));
  if (found.error) return <Trouble error={found.error} retry={() => void found.refetch()} />;
  if (found.data === undefined) return <Bones lines={8} />;
  if (found.data === null)
    return (
      <Empty title="No report yet" icon={<FileQuestion size={32} aria-hidden />}>
        The report comes with the end of the first turn: what was asked, what changed, and what bears it out.
      </Empty>
    );
  return <Whole attempt={attempt} report={found.data} />;
}

function Whole({ attempt, report }: { attempt: Attempt; report: Report }) {
  const command = report.verified?.command ?? "";
  const runs = report.runs.map(({ seq, run }) => ({ ...run, seq, command }));
  return (
    <div className="evidence-parts">
      <Proof verified={report.verified} runs={runs} />
      {report.workload && <Checks workload={report.workload} />}
      <Unchecked report={report} />
      <Sentences statements={report.statements} />
      <Claims claims={report.claims} />
      <Rest attempt={attempt} report={report} />
    </div>
  );
}

const TONES: Record<Check["state"], Tone> = { passed: "good", failed: "bad", noted: "info", "not-measured": "warn" };

function Checks({ workload }: { workload: NonNullable<Report["workload"]> }) {
  return (
    <section className="card stack">
      <h2>What the template {workload.workload} asks for</h2>
      <ul className="sentences">
        {workload.checks.map((check, index) => (
          <li key={index}>
            <p className="row top">
              <Badge tone={TONES[check.state]}>{check.state.replace("-", " ")}</Badge>
              <span dir="auto">{check.text}</span>
            </p>
            {!!check.found?.length && (
              <ul className="mono small">
                {check.found.map((one) => (
                  <li key={one} dir="auto">
                    {one}
                  </li>
                ))}
              </ul>
            )}
            <p className="row wrap small">{check.events?.map((seq) => <EventLink key={seq} seq={seq} />)}</p>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Unchecked({ report }: { report: Report }) {
  return (
    <section className="card stack">
      <h2>What was not checked</h2>
      {report.not_checked.length ? (
        <ul className="bullets">
          {report.not_checked.map((one) => (
            <li key={one} dir="auto">
              {one}
            </li>
          ))}
        </ul>
      ) : (
        <p className="soft">Nothing that a reader might take for checked was left out.</p>
      )}
    </section>
  );
}

function Rest({ attempt, report }: { attempt: Attempt; report: Report }) {
  const told: readonly (readonly [string, readonly string[]])[] = [
    ["Permissions", report.permissions],
    ["Refused by the network policy", report.refused],
    ["Notices", report.notices],
  ];
  return (
    <section className="card stack">
      <h2>To look at it yourself</h2>
      {report.verified?.recipe && (
        <>
          <div className="row wrap">
            <a className="btn" href={`/api/v1/attempts/${encodeURIComponent(attempt.id)}/evidence`} download={`evidence-${attempt.id}.tar.gz`}>
              <Download size={15} aria-hidden /> Download the proof
            </a>
            <a className="btn quiet" href={`/api/v1/attempts/${encodeURIComponent(attempt.id)}/report`} download={`report-${attempt.id}.md`}>
              Report as Markdown
            </a>
          </div>
          <p className="soft">Base, patch, tests and verdict in one file. Run it again on your own machine:</p>
          <CopyLine text={`pullwright replay evidence-${attempt.id}.tar.gz`} label="Copy the line" />
        </>
      )}
      <dl className="measures">
        <dt>Model</dt>
        <dd>
          {report.provider}/{report.model} {report.scripted && <Badge tone="warn">scripted</Badge>}
        </dd>
        <dt>Sandbox</dt>
        <dd>
          {report.sandbox}, network {report.network || "off"}
        </dd>
        <dt>Base</dt>
        <dd className="mono">{report.base}</dd>
        {report.environment && (
          <>
            <dt>Environment</dt>
            <dd className="mono" title="Digest of what the clean runs were made in">
              {report.environment}
            </dd>
          </>
        )}
        {report.queued !== null && report.queued !== undefined && (
          <>
            <dt>In the queue</dt>
            <dd>{duration(report.queued)}</dd>
          </>
        )}
        {report.retries > 0 && (
          <>
            <dt>Model calls sent again</dt>
            <dd>{report.retries}</dd>
          </>
        )}
      </dl>
      {told.map(
        ([title, lines]) =>
          lines.length > 0 && (
            <div key={title} className="names">
              <h3>{title}</h3>
              <ul className="bullets">
                {lines.map((line, index) => (
                  <li key={index} dir="auto">
                    {line}
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
    </section>
  );
}
