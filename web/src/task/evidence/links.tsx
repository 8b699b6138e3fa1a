// What bears a sentence out: links to events of the log, and what is kept of them.
import { useState } from "react";
import { useHere } from "../here";
import { Whole } from "../rows/output";
import type { Evidence } from "./report";

export function EventLink({ seq }: { seq: number }) {
  const { open } = useHere();
  return (
    <button type="button" className="event-link" onClick={() => open(seq)} aria-label={`Go to event ${seq}`}>
      event {seq}
    </button>
  );
}

export function Borne({ evidence }: { evidence: Evidence }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="borne">
      <p className="row wrap small">
        {evidence.events?.map((seq) => <EventLink key={seq} seq={seq} />)}
        {evidence.command && (
          <code className="truncate" dir="ltr" title={evidence.command}>
            $ {evidence.command}
          </code>
        )}
        {evidence.exit_code !== undefined && evidence.exit_code !== null && <span className="faint">exit {evidence.exit_code}</span>}
        {evidence.artifact && !/\.(diff|json)$/.test(evidence.artifact) && (
          <button type="button" className="link" onClick={() => setOpen(!open)} aria-expanded={open}>
            {open ? "Hide the output" : "Output"}
          </button>
        )}
        {evidence.sha256 && (
          <code className="faint" title={`SHA-256 of the output: ${evidence.sha256}`}>
            {evidence.sha256.slice(0, 10)}
          </code>
        )}
        {evidence.tree && (
          <code className="faint" title={`git tree ${evidence.tree}`}>
            tree {evidence.tree.slice(0, 8)}
          </code>
        )}
      </p>
      {open && evidence.artifact && <Whole artifact={evidence.artifact} label="Output" />}
    </div>
  );
}
