// A project at a glance: can it be reached, which branches it has, what may be spent, what the forge told.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Badge, Bones, Button, Empty, Input, Trouble } from "../kit";
import { asks, type Project } from "./asks";
import { Budgets } from "./budgets";
import { Deliveries } from "./deliveries";
import { HealthCard } from "./health";

export function Overview({ project }: { project: Project }) {
  return (
    <div className="overview">
      <div className="stack">
        <HealthCard project={project.name} />
        <Work project={project} />
        <Budgets project={project} />
      </div>
      <div className="stack">
        <Branches project={project} />
        <Deliveries project={project} />
      </div>
    </div>
  );
}

const WORDS: [string, string][] = [
  ["needs_input", "need an answer"],
  ["review", "in review"],
  ["running", "running"],
  ["queued", "queued"],
  ["merged", "merged"],
  ["answered", "answered"],
  ["failed", "failed"],
  ["over_budget", "over budget"],
  ["paused", "paused"],
  ["cancelled", "cancelled"],
];

function Work({ project }: { project: Project }) {
  const activity = useQuery(asks.activity());
  const states = activity.data?.find((one) => one.project_id === project.id)?.states ?? {};
  const shown = WORDS.filter(([state]) => states[state]);
  return (
    <section className="card stack" aria-labelledby="work-title">
      <h2 id="work-title">Tasks</h2>
      {activity.isPending ? (
        <Bones lines={1} />
      ) : shown.length ? (
        <dl className="numbers">
          {shown.map(([state, words]) => (
            <div key={state}>
              <dd>{states[state]}</dd>
              <dt>{words}</dt>
            </div>
          ))}
        </dl>
      ) : (
        <p className="soft">No task yet.</p>
      )}
      <Link to="/" search={{ project: project.name }}>
        All its tasks
      </Link>
    </section>
  );
}

const MOST = 100;

function Branches({ project }: { project: Project }) {
  const branches = useQuery(asks.branches(project.name));
  const [words, setWords] = useState("");
  const prefix = project.settings.branch_prefix ?? "pullwright/";
  const found = (branches.data ?? [])
    .filter((one) => one.name.toLowerCase().includes(words.toLowerCase()))
    .sort((a, b) => Number(b.name === project.default_branch) - Number(a.name === project.default_branch));
  return (
    <section className="card stack" aria-labelledby="branches-title">
      <div className="row spread">
        <h2 id="branches-title">Branches {branches.data && <span className="faint">{branches.data.length}</span>}</h2>
        <Button small busy={branches.isFetching} onClick={() => void branches.refetch()}>
          Fetch again
        </Button>
      </div>
      {branches.isPending ? (
        <Bones lines={4} />
      ) : branches.error ? (
        <Trouble error={branches.error} retry={() => void branches.refetch()} />
      ) : !branches.data.length ? (
        <Empty title="No branch yet">Push a first commit.</Empty>
      ) : (
        <>
          {branches.data.length > 8 && <Input label="Find a branch" type="search" value={words} onChange={(event) => setWords(event.target.value)} />}
          <ul className="branches">
            {found.slice(0, MOST).map((one) => (
              <li key={one.name} className="row">
                <span className="mono truncate grow" title={one.name} dir="ltr">
                  {one.name}
                </span>
                {one.name === project.default_branch && <Badge tone="info">Default</Badge>}
                {one.name.startsWith(prefix) && <Badge>An attempt's</Badge>}
                <code className="faint">{one.commit.slice(0, 8)}</code>
                {!project.archived && (
                  <Link className="branch-task" to="/new" search={{ project: project.name, ref: one.name } as never} aria-label={`New task from ${one.name}`}>
                    New task
                  </Link>
                )}
              </li>
            ))}
          </ul>
          {found.length > MOST && <p className="faint">{found.length - MOST} more: type a part of the name.</p>}
          {!found.length && <p className="soft">No branch of that name.</p>}
        </>
      )}
    </section>
  );
}
