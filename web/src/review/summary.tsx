// Before the lines: what the clean runs say of the change, what the agent says, and what was said of it before.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Badge, Bones, Button, count, Markdown, Verdict, When } from "../kit";
import { useReport, type Attempt, type Report, type Reviews, type Task } from "./data";
import type { ChangedFile } from "./difference/rows";
import { RemarkCard } from "./remarks/card";
import type { Placed } from "./remarks/placing";

interface SummaryProps {
  task: Task;
  attempt: Attempt;
  files: readonly ChangedFile[];
  reviews: Reviews;
  /** Remarks on the whole, and those whose file is not part of what is shown. */
  loose: readonly Placed[];
  name: (user: string) => string;
  since: string;
}

export function Summary({ task, attempt, files, reviews, loose, name, since }: SummaryProps) {
  const report = useReport(attempt.id, attempt.head);
  const added = files.reduce((sum, file) => sum + file.added, 0);
  const removed = files.reduce((sum, file) => sum + file.removed, 0);
  const said = reviews.reviews.filter((review) => review.attempt_id === attempt.id);
  return (
    <div className="s-box">
      <section className="card stack" aria-label="Verification">
        <div className="row wrap">
          <Verdict of={attempt.verdict} />
          <strong>
            {count(files.length)} {files.length === 1 ? "file" : "files"}
          </strong>
          <span className="d-counts">
            <span className="plus">+{count(added)}</span> <span className="minus">−{count(removed)}</span>
          </span>
          {since && <span className="faint">since {since.slice(0, 12)}</span>}
          <span className="grow" />
          <Link to="/tasks/$task" params={{ task: task.id }}>
            Report and evidence
          </Link>
        </div>
        {report.isPending && <Bones lines={2} />}
        {report.data && <Excerpt report={report.data} />}
      </section>
      {said.length > 0 && (
        <section className="card" aria-label="Reviews so far">
          <ol className="stack">
            {said.map((review, index) => (
              <li key={review.id} className="row wrap s-review">
                <Badge tone={review.verdict === "approve" ? "good" : "warn"}>{review.verdict === "approve" ? "Approved" : "Sent back"}</Badge>
                <span className="faint">
                  Review {index + 1} by <span dir="auto">{name(review.user_id)}</span> · <When at={review.created} /> · at {review.head.slice(0, 12)}
                </span>
                {review.note && (
                  <span className="s-note" dir="auto">
                    {review.note}
                  </span>
                )}
              </li>
            ))}
          </ol>
        </section>
      )}
      {loose.map((placed) => (
        <RemarkCard key={placed.remark.id} placed={placed} />
      ))}
    </div>
  );
}

const FEW = 3;

function Excerpt({ report }: { report: Report }) {
  const [whole, setWhole] = useState(false);
  const verified = report.verified;
  const list = (words: string, tone: "good" | "bad" | "warn", names: readonly string[] | undefined) =>
    names !== undefined &&
    names.length > 0 && (
      <li className="row wrap s-tests">
        <Badge tone={tone}>{words}</Badge>
        {names.slice(0, FEW).map((test) => (
          <code key={test} className="s-test">
            {test}
          </code>
        ))}
        {names.length > FEW && <span className="faint">and {count(names.length - FEW)} more</span>}
      </li>
    );
  const long = report.message.length > 420;
  return (
    <>
      {verified && (
        <>
          <p dir="auto">{verified.why}</p>
          <ul className="stack">
            {list("Red before, green after", "good", verified.red_to_green)}
            {list("Newly failing", "bad", verified.newly_failing)}
            {list("Removed", "warn", verified.removed)}
            {list("Look at", "warn", verified.flags)}
          </ul>
        </>
      )}
      {report.message && (
        <div className={long && !whole ? "s-said cut" : "s-said"}>
          <Markdown text={report.message} />
        </div>
      )}
      {long && (
        <Button look="quiet" small aria-expanded={whole} onClick={() => setWhole(!whole)}>
          {whole ? "Less" : "All that the agent says"}
        </Button>
      )}
    </>
  );
}
