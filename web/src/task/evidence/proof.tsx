// The verdict of the clean runs: which tests were red before and green after, what got worse, and each run with its output.
import { Fragment, useState } from "react";
import { Badge, Button, duration } from "../../kit";
import { Whole } from "../rows/output";
import { counts, inOrder, RUNS, type Run, type Verified, VERDICTS } from "../timeline/verification";
import { EventLink } from "./links";

const FEW = 12;

function Names({ title, names, tone, about }: { title: string; names: readonly string[] | undefined; tone: "good" | "warn" | "bad" | "plain"; about: string }) {
  const [all, setAll] = useState(false);
  if (!names?.length) return null;
  return (
    <div className="names">
      <h3 className="row">
        {title} <Badge tone={tone}>{names.length}</Badge> <span className="faint small">{about}</span>
      </h3>
      <ul className="mono small">
        {(all ? names : names.slice(0, FEW)).map((name) => (
          <li key={name} dir="auto">
            {name}
          </li>
        ))}
      </ul>
      {names.length > FEW && (
        <Button look="quiet" small onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? "Fewer" : `${names.length - FEW} more`}
        </Button>
      )}
    </div>
  );
}

function RedToGreen({ tests }: { tests: readonly string[] }) {
  const [all, setAll] = useState(false);
  if (!tests.length) return null;
  return (
    <div className="names">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Test</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {(all ? tests : tests.slice(0, FEW)).map((test) => (
            <tr key={test}>
              <td className="mono" dir="auto">
                {test}
              </td>
              <td>
                <span className="mark bad">red</span>
              </td>
              <td>
                <span className="mark good">green</span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {tests.length > FEW && (
        <Button look="quiet" small onClick={() => setAll(!all)} aria-expanded={all}>
          {all ? "Fewer" : `${tests.length - FEW} more`}
        </Button>
      )}
    </div>
  );
}

export function Runs({ runs }: { runs: readonly Run[] }) {
  const [open, setOpen] = useState(0);
  if (!runs.length) return null;
  return (
    <div className="scroll-x" tabIndex={0} role="group" aria-label="Clean runs">
      <table className="table clean-runs">
        <thead>
          <tr>
            <th scope="col">Clean run</th>
            <th scope="col">Result</th>
            <th scope="col">Tests</th>
            <th scope="col" className="num">
              Time
            </th>
            <th scope="col">Tree</th>
            <th scope="col">Seen at</th>
            <th scope="col">
              <span className="sr-only">Output</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {inOrder(runs).map((run) => (
            <Fragment key={run.seq}>
              <tr>
                <td>
                  {RUNS[run.name ?? ""]?.name ?? run.name}
                  <span className="faint small block">{run.note || RUNS[run.name ?? ""]?.about}</span>
                </td>
                <td>
                  <span className={run.exit_code === 0 ? "mark good" : "mark bad"}>{run.exit_code === 0 ? "green" : "red"}</span>
                  {run.name === "must-fail" && <span className="faint small block">{run.exit_code === 0 ? "should be red" : "as it should be"}</span>}
                </td>
                <td>{counts(run)}</td>
                <td className="num">{duration(run.seconds ?? 0)}</td>
                <td className="mono" title={run.tree}>
                  {run.tree?.slice(0, 8)}
                </td>
                <td>
                  <EventLink seq={run.seq} />
                </td>
                <td>
                  {run.artifact && (
                    <Button look="quiet" small aria-expanded={open === run.seq} onClick={() => setOpen(open === run.seq ? 0 : run.seq)}>
                      Output
                    </Button>
                  )}
                </td>
              </tr>
              {open === run.seq && run.artifact && (
                <tr>
                  <td colSpan={7}>
                    <Whole artifact={run.artifact} label={`Output of ${run.name}`} />
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Proof({ verified, runs }: { verified: Verified | null; runs: readonly Run[] }) {
  const verdict = VERDICTS[verified?.verdict ?? "not-run"];
  return (
    <section className="card stack">
      <div className="row wrap">
        <h2>Verification</h2>
        {verdict && <Badge tone={verdict.tone}>{verdict.words}</Badge>}
        {verified && <EventLink seq={verified.seq} />}
      </div>
      {verified ? (
        <p dir="auto">
          {verified.why}. <span className="faint">Run with</span> <code dir="ltr">{verified.command}</code>
        </p>
      ) : (
        <p className="soft">Pullwright made no clean runs of this change.</p>
      )}
      {verified && (
        <>
          <RedToGreen tests={verified.red_to_green ?? []} />
          <Names title="Newly failing" names={verified.newly_failing} tone="bad" about="green on the base, red with the change" />
          <Names title="Flagged" names={verified.flags} tone="warn" about="counts for nothing in the verdict" />
          <Names title="Removed" names={verified.removed} tone="warn" about="tests of the base that the change no longer has" />
          <Names title="Skipped" names={verified.skipped} tone="warn" about="ran on the base" />
          <Names title="Flaky" names={verified.flaky} tone="warn" about="ended differently in two runs of the same files" />
          <Names title="Slower" names={verified.slower} tone="warn" about="by the medians; no part of the verdict" />
        </>
      )}
      <Runs runs={runs} />
    </section>
  );
}
