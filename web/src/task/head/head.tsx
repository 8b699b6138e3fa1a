// The head of a task: what it is, how it stands, what it costs.
import { Link } from "@tanstack/react-router";
import { GitBranch, GitPullRequest } from "lucide-react";
import { useEffect, useState } from "react";
import { Badge, duration, State, When } from "../../kit";
import { modeOf } from "../../tasks/approval";
import type { Attempt, Task } from "../task";
import type { Facts } from "../timeline/timeline";
import { Actions } from "./actions";
import { Meter } from "./meter";
import "./head.css";

const RUNS = new Set(["running", "queued"]);

function Elapsed({ task }: { task: Task }) {
  const [now, setNow] = useState(() => Date.now() / 1000);
  const going = task.attempts.some((attempt) => RUNS.has(attempt.state));
  useEffect(() => {
    if (!going) return;
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000);
    return () => clearInterval(timer);
  }, [going]);
  const begun = task.attempts.flatMap((attempt) => attempt.turns.map((turn) => turn.started).filter((time) => time !== null));
  if (!begun.length) return null;
  const ended = task.attempts.flatMap((attempt) => attempt.turns.map((turn) => turn.finished ?? 0));
  const until = going ? now : Math.max(...ended, ...begun);
  return <span title="From the first start to now, or to the last end">{duration(Math.max(0, Math.round(until - Math.min(...begun))))}</span>;
}

/** The cost of all attempts: the shown one as its log has it now, the others as the server last said. */
function costOf(task: Task, attempt: Attempt | undefined, facts: Facts): { cost: number; unpriced: number } {
  const others = task.attempts.filter((one) => one.id !== attempt?.id);
  const sum = (pick: (spend: Attempt["spend"]) => number | undefined) => others.reduce((all, one) => all + (pick(one.spend) ?? 0), 0);
  return {
    cost: sum((spend) => spend.cost_usd) + Math.max(facts.cost, attempt?.spend.cost_usd ?? 0),
    unpriced: sum((spend) => spend.unpriced) + Math.max(facts.unpriced, attempt?.spend.unpriced ?? 0),
  };
}

export function Head({ task, attempt, facts, member }: { task: Task; attempt: Attempt | undefined; facts: Facts; member: boolean }) {
  const branch = attempt?.branch || task.pull?.branch;
  return (
    <header className="task-head">
      <div className="task-title">
        <h1 dir="auto" title={task.title}>
          {task.title}
        </h1>
        <State of={task.state} asks={task.attempts.some((one) => one.asks)} />
        <Actions task={task} attempt={attempt} facts={facts} member={member} />
      </div>
      <ul className="facts" aria-label="About this task">
        <li>
          <Link to="/projects/$project" params={{ project: task.project }} className="truncate">
            {task.project}
          </Link>
        </li>
        <li className="truncate mono" title={`${task.ref}${task.base ? ` at ${task.base}` : ""}`}>
          {task.ref}
        </li>
        {branch && (
          <li className="row branch" title={branch}>
            <GitBranch size={13} aria-hidden />
            <span className="truncate mono">{branch}</span>
          </li>
        )}
        {task.pull && (
          <li className="row">
            <GitPullRequest size={13} aria-hidden />
            {/^https?:\/\//.test(task.pull.url) ? (
              <a href={task.pull.url} target="_blank" rel="noopener noreferrer">
                #{task.pull.number}
              </a>
            ) : (
              <span>#{task.pull.number}</span>
            )}
            <span className="faint">{task.pull.state}</span>
          </li>
        )}
        <li>
          <span dir="auto">{task.user || "Pullwright"}</span>, <When at={task.created} />
        </li>
        <li className="num">
          <Elapsed task={task} />
        </li>
        <li className="num">
          <Meter task={task} {...costOf(task, attempt, facts)} />
        </li>
        {task.mode === "ask" && (
          <li>
            <Badge>question</Badge>
          </li>
        )}
        {task.mode === "code" && task.approval !== "full-auto" && (
          <li title={modeOf(task.approval).about}>
            <Badge tone="info">{modeOf(task.approval).label}</Badge>
          </li>
        )}
        {task.template && (
          <li>
            <Badge>{task.template}</Badge>
          </li>
        )}
        {facts.scripted && (
          <li>
            <Badge tone="warn">scripted model</Badge>
          </li>
        )}
      </ul>
    </header>
  );
}
