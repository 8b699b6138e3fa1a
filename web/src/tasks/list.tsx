// The list of tasks: live, filtered by its address, worked by keyboard.
import { useNavigate, useSearch } from "@tanstack/react-router";
import { ListFilter, Plus, Rocket } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { Bone, Button, Empty, Trouble } from "../kit";
import { may, useMe } from "../session/me";
import { useTitle } from "../shell/title";
import { NotifyButton } from "./attention";
import { Bar, Tabs } from "./bar";
import { filterOf, NOTHING, searchOf, type Filter, type Line } from "./filters";
import { useCounts, useLines, useNeeding } from "./lines";
import { linesOf } from "./merging";
import { Rows, type Entry } from "./rows";
import { Selected } from "./selected";
import "./list.css";

export default function Page() {
  useTitle("Tasks");
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as Record<string, unknown>;
  const filter = useMemo(() => filterOf(search), [search]);
  const setFilter = useCallback(
    (change: Partial<Filter>) => void navigate({ to: "/", search: searchOf({ ...filter, ...change }) as never, replace: "words" in change }),
    [filter, navigate],
  );
  const [chosen, setChosen] = useState<ReadonlyMap<string, Line>>(new Map());
  const counts = useCounts(filter);
  return (
    <div className="page full tasks">
      <header className="page-head">
        <h1>Tasks</h1>
        <NotifyButton />
        <Button look="primary" onClick={() => void navigate({ to: "/new" })}>
          <Plus size={16} aria-hidden /> New task
        </Button>
      </header>
      <div className="tasks-top">
        <Tabs filter={filter} counts={counts.data} onChange={setFilter} />
        <Bar filter={filter} onChange={setFilter} />
      </div>
      <List
        filter={filter}
        waiting={counts.data?.needing ?? 0}
        onClear={() => setFilter(NOTHING)}
        onWaiting={() => setFilter({ state: "needs" })}
        chosen={chosen}
        onChoose={setChosen}
      />
      <Selected chosen={chosen} onDone={() => setChosen(new Map())} />
    </div>
  );
}

interface ListProps {
  filter: Filter;
  /** How many wait for a person in all. */
  waiting: number;
  onClear: () => void;
  onWaiting: () => void;
  chosen: ReadonlyMap<string, Line>;
  onChoose: (chosen: ReadonlyMap<string, Line>) => void;
}

function List({ filter, waiting, onClear, onWaiting, chosen, onChoose }: ListProps) {
  const query = useLines(filter);
  const needing = useNeeding(filter);
  const all = filter.state === "";
  const entries = useMemo(
    () => grouped(linesOf(query.data), all ? (needing.data ?? []) : [], waiting),
    [query.data, needing.data, all, waiting],
  );
  if (query.isError && !query.data) return <Trouble error={query.error} retry={() => void query.refetch()} />;
  if (query.isPending || (all && needing.isPending)) return <Loading />;
  if (entries.length === 0) return Object.keys(searchOf(filter)).length ? <NoneOfThose onClear={onClear} /> : <NoneYet />;
  return (
    <Rows
      entries={entries}
      place={JSON.stringify(searchOf(filter))}
      chosen={chosen}
      onChoose={onChoose}
      onAll={onWaiting}
      more={query.hasNextPage}
      onMore={() => !query.isFetchingNextPage && void query.fetchNextPage()}
      failed={query.isFetchNextPageError ? query.error : null}
    />
  );
}

const FIRST = 8;

/** The newest of those that wait for a person first, under a heading of their own, and then the rest. */
function grouped(lines: readonly Line[], waiting: readonly Line[], count: number): Entry[] {
  if (waiting.length === 0) return lines.map((line) => ({ kind: "line", line }));
  const needing = waiting.slice(0, FIRST);
  const first = new Set(needing.map((line) => line.id));
  const rest = lines.filter((line) => !first.has(line.id));
  const of = (line: Line): Entry => ({ kind: "line", line });
  return [
    { kind: "head", id: "needs", text: "Needs you", count: Math.max(count, waiting.length), all: waiting.length > FIRST },
    ...needing.map(of),
    ...(rest.length ? [{ kind: "head" as const, id: "rest", text: "Everything else" }, ...rest.map(of)] : []),
  ];
}

function Loading() {
  return (
    <div className="tasks-list" role="status" aria-label="Loading the tasks">
      {Array.from({ length: 9 }, (_, index) => (
        <div key={index} className="tasks-row bones">
          <Bone width={`${46 - ((index * 7) % 20)}%`} />
          <Bone width={`${30 - ((index * 5) % 12)}%`} height={12} />
        </div>
      ))}
    </div>
  );
}

function NoneOfThose({ onClear }: { onClear: () => void }) {
  return (
    <Empty title="No task fits" icon={<ListFilter size={32} aria-hidden />} action={<Button onClick={onClear}>Show all tasks</Button>}>
      No task has this state, project, person and these words together.
    </Empty>
  );
}

/** What to do first: connect a repository; then ask for something. */
function NoneYet() {
  const me = useMe();
  const navigate = useNavigate();
  const projects = useQuery({ queryKey: ["projects"], queryFn: () => data(api.GET("/api/v1/projects")) });
  if (projects.isPending) return <Loading />;
  if (!projects.data?.length)
    return (
      <Empty
        title="Connect a repository first"
        icon={<Rocket size={32} aria-hidden />}
        action={
          me.is_admin && (
            <Button look="primary" onClick={() => void navigate({ to: "/projects" })}>
              Connect a project
            </Button>
          )
        }
      >
        {me.is_admin
          ? "Pullwright works on projects: a repository at GitHub, GitLab, Gitea, or any git address, also a folder of this machine."
          : "You are in no project yet. Ask an administrator to add you to one."}
      </Empty>
    );
  const can = projects.data.some((project) => may(me, project.id, "member"));
  return (
    <Empty
      title="No tasks yet"
      icon={<Rocket size={32} aria-hidden />}
      action={
        can && (
          <Button look="primary" onClick={() => void navigate({ to: "/new" })}>
            <Plus size={16} aria-hidden /> New task
          </Button>
        )
      }
    >
      {can
        ? "Say what should change. An agent works on it in a sandbox of its own, and comes back with a verified change for you to review."
        : "You may look at this project's tasks; there are none so far."}
    </Empty>
  );
}
