// A remark as it stands below its lines: one's own that waits, or one that a review carried.
import { useState } from "react";
import { Badge, Button, Markdown, When } from "../../kit";
import { useDoing } from "../difference/doing";
import type { ChangedFile } from "../difference/rows";
import { Rewording } from "./editor";
import type { Placed } from "./placing";
import { linesOf } from "./spot";
import { partsOf } from "./suggestion";

export function RemarkCard({ placed, file }: { placed: Placed; file?: ChangedFile }) {
  const { remark, waiting, spot } = placed;
  const doing = useDoing();
  const [editing, setEditing] = useState(false);
  const outdated = !!remark.line && !spot;
  const name = doing.name(remark.user_id);
  const at = remark.line ? `${remark.side === "old" ? "old " : ""}${linesOf({ line: remark.line, end: remark.end_line })}` : remark.path ? "the file" : "the whole";
  return (
    <div className="r-row">
      <article className={waiting ? "r-card waiting" : "r-card"} data-remark={remark.id} tabIndex={-1} aria-label={`Remark of ${name} on ${at}`}>
        <header className="row wrap">
          <strong dir="auto">{name}</strong>
          <span className="faint">
            on {at} · <When at={remark.created} />
          </span>
          <span className="grow" />
          {outdated && <Badge tone="warn">Outdated</Badge>}
          {waiting ? <Badge tone="info">Not sent yet</Badge> : <span className="faint">{doing.sentWith(remark)}</span>}
        </header>
        {editing ? (
          <Rewording remark={remark} onClose={() => setEditing(false)} />
        ) : (
          partsOf(remark.text).map((part, index) =>
            part.kind === "words" ? <Markdown key={index} text={part.text} /> : <Suggested key={index} text={part.text} now={file && spot ? doing.textAt(file, spot) : []} />,
          )
        )}
        {waiting && !editing && (
          <footer className="row">
            <Button look="quiet" small onClick={() => setEditing(true)}>
              Edit
            </Button>
            <Button look="quiet" small onClick={() => doing.discard(remark)}>
              Discard
            </Button>
          </footer>
        )}
      </article>
    </div>
  );
}

/** What is wanted in place of the lines. */
function Suggested({ text, now }: { text: string; now: readonly string[] }) {
  return (
    <figure className="r-suggested">
      <figcaption className="faint">Suggested edit</figcaption>
      <pre dir="ltr">
        {now.map((line, index) => (
          <div key={index} className="del">
            <span className="d-mark">-</span>
            {line}
          </div>
        ))}
        {text !== "" &&
          text.split("\n").map((line, index) => (
            <div key={index} className="add">
              <span className="d-mark">+</span>
              {line}
            </div>
          ))}
      </pre>
    </figure>
  );
}
