// Above the change: where one is, which attempt, what it is compared with, how it is shown, and the verdict.
import { Link } from "@tanstack/react-router";
import { ArrowLeft, Columns2, Download, ListTree, MoreHorizontal, Rows3, Terminal } from "lucide-react";
import { Button, Menu, say, State } from "../kit";
import type { Attempt, Task } from "./data";
import type { Settings } from "./settings";

interface ToolbarProps {
  task: Task;
  attempt: Attempt;
  since: string;
  /** The head of one's last verdict; empty: there is none, or nothing is new since. */
  last: string;
  settings: Settings;
  onSettings: (change: Partial<Settings>) => void;
  seen: number;
  total: number;
  waiting: number;
  maySendBack: boolean;
  mayApprove: boolean;
  /** Why one may not approve; empty: one may, or there is nothing to. */
  whyNot: string;
  onGo: (to: { attempt?: string; since?: string }) => void;
  onSendBack: () => void;
  onApprove: () => void;
}

export function Toolbar(props: ToolbarProps) {
  const { task, attempt, settings, onSettings, seen, total } = props;
  return (
    <header className="t-bar">
      <div className="t-line">
        <Link to="/tasks/$task" params={{ task: task.id }} className="btn quiet icon" aria-label="Back to the task">
          <ArrowLeft size={16} />
        </Link>
        <h1 className="truncate grow" dir="auto" title={task.title}>
          {task.title}
        </h1>
        <State of={attempt.state} />
        <Verdicts {...props} />
      </div>
      <div className="t-line">
        <Button look="quiet" small label={settings.tree ? "Hide the files" : "Show the files"} aria-pressed={settings.tree} onClick={() => onSettings({ tree: !settings.tree })}>
          <ListTree size={16} />
        </Button>
        <Compared {...props} />
        <span className="grow" />
        <span className="faint t-seen">
          {seen} / {total} viewed
        </span>
        <label className="check t-space">
          <input type="checkbox" checked={!settings.space} onChange={() => onSettings({ space: !settings.space })} />
          <span>Ignore white space</span>
        </label>
        <div className="t-view" role="group" aria-label="How lines are shown">
          <Button small label="Unified" aria-pressed={!settings.split} onClick={() => onSettings({ split: false })}>
            <Rows3 size={15} />
          </Button>
          <Button small label="Split" aria-pressed={settings.split} onClick={() => onSettings({ split: true })}>
            <Columns2 size={15} />
          </Button>
        </div>
        <More task={task} attempt={attempt} />
      </div>
    </header>
  );
}

function Verdicts({ waiting, maySendBack, mayApprove, whyNot, onSendBack, onApprove }: ToolbarProps) {
  return (
    <div className="row t-verdict">
      {maySendBack && (
        <Button small onClick={onSendBack}>
          Send back
          {waiting > 0 && (
            <>
              <span className="t-count">{waiting}</span>
              <span className="sr-only">{waiting === 1 ? "remark" : "remarks"}</span>
            </>
          )}
        </Button>
      )}
      {mayApprove && (
        <Button small look="good" onClick={onApprove}>
          Approve
        </Button>
      )}
      {whyNot && (
        <span className="faint t-why" role="note">
          {whyNot}
        </span>
      )}
    </div>
  );
}

function Compared({ task, attempt, since, last, onGo }: ToolbarProps) {
  return (
    <>
      {task.attempts.length > 1 && (
        <select className="input t-pick" aria-label="Attempt" value={attempt.id} onChange={(event) => onGo({ attempt: event.target.value, since: "" })}>
          {task.attempts.map((one) => (
            <option key={one.id} value={one.id}>
              Attempt {one.number}
              {task.chosen === one.id ? ", chosen" : ""}
            </option>
          ))}
        </select>
      )}
      <select className="input t-pick" aria-label="What is shown" value={since} disabled={!last && !since} onChange={(event) => onGo({ attempt: attempt.id, since: event.target.value })}>
        <option value="">All changes</option>
        {last && <option value={last}>Since my last review ({last.slice(0, 7)})</option>}
        {since && since !== last && <option value={since}>Since {since.slice(0, 7)}</option>}
      </select>
    </>
  );
}

function More({ task, attempt }: { task: Task; attempt: Attempt }) {
  const number = task.attempts.length > 1 ? ` --attempt ${attempt.number}` : "";
  const copy = (line: string) => () => void navigator.clipboard.writeText(line).then(() => say(`Copied: ${line}`));
  const [apply, pull] = [`pullwright task apply ${task.id}${number}`, `pullwright task pull ${task.id}${number}`];
  return (
    <>
      <a className="btn quiet small icon" href={`/api/v1/attempts/${attempt.id}/diff`} download={`${task.id}.patch`} aria-label="Download the patch" title="Download the patch">
        <Download size={15} />
      </a>
      <Menu
        entries={[
          { label: <Line words="Copy the line that applies it" line={apply} />, onSelect: copy(apply) },
          { label: <Line words="Copy the line that takes the session over" line={pull} />, onSelect: copy(pull) },
          ...(task.pull?.url ? [null, { label: `Pull request ${task.pull.number}`, onSelect: () => void window.open(task.pull?.url, "_blank", "noopener") }] : []),
        ]}
      >
        <button type="button" className="btn quiet small icon" aria-label="More">
          <MoreHorizontal size={16} />
        </button>
      </Menu>
    </>
  );
}

function Line({ words, line }: { words: string; line: string }) {
  return (
    <span className="row">
      <Terminal size={14} aria-hidden />
      <span>
        {words}
        <br />
        <code className="faint">{line}</code>
      </span>
    </span>
  );
}
