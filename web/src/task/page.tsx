// One task: what happens in it as it happens, its attempts, its evidence, and all that a person can do to it meanwhile.
import { useNavigate, useParams } from "@tanstack/react-router";
import { Tabs as T } from "radix-ui";
import { useCallback, useEffect, useMemo, useRef, type ReactNode } from "react";
import { Bones, Trouble } from "../kit";
import { may, useMe } from "../session/me";
import { useShortcuts, type Shortcut } from "../shell/keys";
import { Aside } from "./aside";
import { Attempts } from "./attempts";
import { EvidencePart } from "./evidence/evidence";
import { AttemptBar } from "./head/attempt-bar";
import { Head } from "./head/head";
import { HereContext } from "./here";
import { useTaskSearch, type Part } from "./search";
import { Stream } from "./stream";
import { attemptOf, useTask, type Attempt, type Task } from "./task";
import type { Facts } from "./timeline/timeline";
import { useWatch } from "./timeline/watching";
import "./task.css";

export default function Page() {
  const { task: id = "" } = useParams({ strict: false }) as { task?: string };
  const found = useTask(id);
  if (found.data) return <Shown task={found.data} />;
  return (
    <div className="page">
      {found.error ? <Trouble page error={found.error} retry={() => void found.refetch()} /> : <Bones lines={8} />}
    </div>
  );
}

function Shown({ task }: { task: Task }) {
  const [search] = useTaskSearch();
  const attempt = attemptOf(task, search.attempt);
  useEffect(() => {
    const before = document.title;
    document.title = `${task.title} · Pullwright`;
    return () => {
      document.title = before;
    };
  }, [task.title]);
  if (!attempt) return <div className="page">This task has no attempt.</div>;
  return <One key={attempt.id} task={task} attempt={attempt} />;
}

function One({ task, attempt }: { task: Task; attempt: Attempt }) {
  const me = useMe();
  const [search, go] = useTaskSearch();
  const navigate = useNavigate();
  const watch = useWatch(attempt.id);
  const facts = watch.reading === null ? watch.timeline.facts : counted(watch.timeline.facts, attempt);
  const member = may(me, task.project_id, "member");
  const box = useRef<HTMLTextAreaElement>(null);
  const pick = (one: Attempt | undefined) => one && go({ attempt: one.id, seq: undefined, part: search.part === "attempts" ? "timeline" : search.part });
  const part = (to: Part) => go({ part: to, attempt: attempt.id });
  useShortcuts([
    { keys: "s", about: "Steer: write to the agent", run: () => (part("timeline"), setTimeout(() => box.current?.focus(), 50)) },
    { keys: "r", about: "Review the change", run: () => void navigate({ to: "/tasks/$task/review", params: { task: task.id }, search: { attempt: attempt.id } as never }) },
    { keys: "e", about: "Evidence", run: () => part("evidence") },
    { keys: "t", about: "Timeline", run: () => part("timeline") },
    { keys: "a", about: "Attempts side by side", run: () => part("attempts") },
    ...task.attempts.map((one): Shortcut => ({ keys: String(one.number), about: `Attempt ${one.number}`, run: () => pick(one) })),
  ]);
  const open = useCallback((seq: number) => go({ part: "timeline", seq, attempt: attempt.id }), [go, attempt.id]);
  const here = useMemo(() => ({ attempt: attempt.id, open }), [attempt.id, open]);
  return (
    <HereContext value={here}>
      <div className="task-page">
        <Head task={task} attempt={attempt} facts={facts} member={member} />
        <AttemptBar task={task} attempt={attempt} onPick={pick} />
        <Parts task={task} attempt={attempt} facts={facts} part={search.part} onPart={part}>
          {{
            timeline: <Stream task={task} attempt={attempt} watch={watch} facts={facts} seq={search.seq} member={member} box={box} onShow={open} onLive={() => go({ seq: undefined, attempt: attempt.id })} />,
            attempts: <Attempts task={task} member={member} shown={attempt} onPick={pick} />,
            evidence: <EvidencePart attempt={attempt} seq={facts.report} />,
            about: <Aside task={task} attempt={attempt} facts={facts} />,
          }}
        </Parts>
      </div>
    </HereContext>
  );
}

/** While the end of the log alone is here: what the server has counted. */
function counted(facts: Facts, { spend, turns }: Attempt): Facts {
  const tokens = (spend.usage?.input ?? 0) + (spend.usage?.output ?? 0);
  return { ...facts, turns: turns.length, cost: Math.max(facts.cost, spend.cost_usd ?? 0), tokens: Math.max(facts.tokens, tokens), unpriced: Math.max(facts.unpriced, spend.unpriced ?? 0) };
}

interface PartsProps {
  task: Task;
  attempt: Attempt;
  facts: Facts;
  part: Part;
  onPart: (part: Part) => void;
  children: Record<Part, ReactNode>;
}

function Parts({ task, part, onPart, children }: PartsProps) {
  const several = task.attempts.length;
  const names: readonly (readonly [Part, string])[] = [
    ["timeline", "Timeline"],
    ["attempts", several > 1 ? `Attempts (${several})` : "Attempt"],
    ["evidence", "Evidence"],
    ["about", "About"],
  ];
  return (
    <T.Root value={part} onValueChange={(to) => onPart(to as Part)} className="task-parts">
      <T.List className="tabs-list" aria-label="Parts of the task">
        {names.map(([value, name]) => (
          <T.Trigger key={value} value={value} className={value === "about" ? "tab only-narrow-tab" : "tab"}>
            {name}
          </T.Trigger>
        ))}
      </T.List>
      {names.map(([value]) => (
        <T.Content key={value} value={value} className={`task-part ${value}`} tabIndex={-1}>
          {children[value]}
        </T.Content>
      ))}
    </T.Root>
  );
}
