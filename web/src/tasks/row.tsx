// One task in the list; on a phone the same parts as a card.
import { Link } from "@tanstack/react-router";
import { GitBranch, GitPullRequest } from "lucide-react";
import { memo } from "react";
import { money, State, Verdict, When } from "../kit";
import { needsPerson, type Line } from "./filters";

interface Props {
  line: Line;
  index: number;
  chosen: boolean;
  /** `through`: all from the one that was chosen last. It is the same function as long as the list is shown. */
  onChoose: (index: number, through: boolean) => void;
}

export const Row = memo(
  function Row({ line, index, chosen, onChoose }: Props) {
    return (
      <div className={chosen ? "tasks-row line chosen" : "tasks-row line"} role="presentation">
        <span role="cell" className="tasks-choose">
          <input
            type="checkbox"
            aria-label={`Choose ${line.title}`}
            checked={chosen}
            onChange={() => undefined}
            onClick={(event) => onChoose(index, event.shiftKey)}
          />
        </span>
        <span role="cell" className="tasks-state">
          <State of={line.state} asks={needsPerson(line)} />
        </span>
        <span role="cell" className="tasks-what">
          <Link to="/tasks/$task" params={{ task: line.id }} className="tasks-open truncate" dir="auto" title={line.title}>
            {line.title}
          </Link>
          <About line={line} />
        </span>
        <span role="cell" className="tasks-progress">
          <Progress line={line} />
        </span>
        <span role="cell" className="tasks-checks">
          {line.mode === "code" && line.files > 0 && <Verdict of={line.verdict} />}
        </span>
        <span role="cell" className="tasks-change num">
          <Change line={line} />
        </span>
        <span role="cell" className="tasks-cost num">
          <Cost line={line} />
        </span>
        <span role="cell" className="tasks-who">
          <span className="truncate" dir="auto" title={line.user}>
            {line.user}
          </span>
          <small className="faint">
            <When at={line.created} />
          </small>
        </span>
      </div>
    );
  },
  (one, other) => one.line === other.line && one.chosen === other.chosen && one.index === other.index && one.onChoose === other.onChoose,
);

function Cost({ line }: { line: Line }) {
  if (!line.steps && !line.cost_usd) return null;
  const about = line.unpriced > 0 ? `${line.unpriced} of its calls have no known price` : undefined;
  if (line.unpriced > 0 && !line.cost_usd) return <small className="faint" title={about}>unknown</small>;
  return (
    <span title={about}>
      {money(line.cost_usd)}
      {about && " +"}
    </span>
  );
}

function About({ line }: { line: Line }) {
  return (
    <small className="tasks-about faint">
      <span className="truncate" dir="auto" title={line.project}>
        {line.project}
      </span>
      <span className="truncate tasks-ref" title={`from ${line.ref}`}>
        <GitBranch size={12} aria-hidden /> <span className="truncate">{line.ref}</span>
      </span>
      {line.mode === "ask" && <span>question</span>}
      {line.template && <span>{line.template}</span>}
      {line.attempts > 1 && <span>{line.attempts} attempts</span>}
      {line.pull_url && (
        <span className="tasks-pull">
          <GitPullRequest size={12} aria-hidden /> {line.pull_state}
        </span>
      )}
    </small>
  );
}

/** How far it is, and what it does, asks, or ended with. */
function Progress({ line }: { line: Line }) {
  const far = [line.turn > 1 && `turn ${line.turn}`, line.steps > 0 && (line.steps === 1 ? "1 step" : `${line.steps.toLocaleString()} steps`)].filter(Boolean).join(" · ");
  const now = line.asks || (line.state === "running" ? line.doing : line.why);
  return (
    <>
      <span className="truncate">{far}</span>
      {!far && line.state === "queued" && <small className="faint">in the queue</small>}
      {now && (
        <small className={line.asks ? "tasks-asks truncate" : "faint truncate"} dir="auto" title={now}>
          {now}
        </small>
      )}
    </>
  );
}

function Change({ line }: { line: Line }) {
  if (!line.files) return null;
  return (
    <>
      <span>
        <span className="tasks-added">+{line.added.toLocaleString()}</span> <span className="tasks-removed">−{line.removed.toLocaleString()}</span>
      </span>
      <small className="faint">{line.files === 1 ? "1 file" : `${line.files.toLocaleString()} files`}</small>
    </>
  );
}
