// One attempt's change with everything around it: the files, the lines, the verdict.
import { useNavigate } from "@tanstack/react-router";
import { startTransition, useCallback, useDeferredValue, useMemo, useRef, useState } from "react";
import { Button, Empty, Trouble } from "../kit";
import { may, useMe } from "../session/me";
import { useShortcuts } from "../shell/keys";
import { useFiles, useProject, useReviews, type Attempt, type Reviews, type Task } from "./data";
import { Doings } from "./difference/doing";
import { DifferenceList, type ListHandle } from "./difference/list";
import { rowsOf, type ChangedFile } from "./difference/rows";
import { FileTree } from "./files/tree";
import { inOrder, treeOf } from "./files/tree-of";
import { Waiting } from "./page";
import { usePlaced } from "./remarks/placed";
import type { Spot } from "./remarks/spot";
import { useSettings } from "./settings";
import { Summary } from "./summary";
import { Toolbar } from "./toolbar";
import { useDoings } from "./use-doings";
import { Approve } from "./verdict/approve";
import { SendBack } from "./verdict/send-back";

const NONE: readonly ChangedFile[] = [];
const UNSAID: Reviews = { reviews: [], sent: [], waiting: [] };

export function Reviewing({ task, attempt, since }: { task: Task; attempt: Attempt; since: string }) {
  // What one looks at stays until one asks for what came since.
  const [head, setHead] = useState(attempt.head);
  const me = useMe();
  const navigate = useNavigate();
  const files = useFiles(attempt.id, head, since);
  const reviews = useReviews(task.id);
  const project = useProject(task.project);
  const [settings, setSettings] = useSettings();
  const [asking, setAsking] = useState<"send-back" | "approve" | null>(null);
  const [selection, setSelection] = useState<Spot | null>(null);
  const [current, setCurrent] = useState("");
  const list = useRef<ListHandle>(null);
  const filter = useRef<HTMLInputElement>(null);

  const said = reviews.data ?? UNSAID;
  const ordered = useMemo(() => (files.data ? inOrder(treeOf(files.data)) : NONE), [files.data]);
  const mine = may(me, task.project_id, "member") || may(me, task.project, "member");
  const open = mine && task.state !== "merged" && task.state !== "cancelled";
  const doings = useDoings({ task, attempt, head, since, files: ordered, reviews: said, mayRemark: open });
  const placed = usePlaced({ attempt: attempt.id, head, since, reviews: said, files: ordered });
  const { shut, asked, revealed, editors } = doings.shape;
  const shape = useMemo(
    () => ({ shut, asked, revealed, editors, split: settings.split, space: settings.space, placed }),
    [shut, asked, revealed, editors, settings.split, settings.space, placed],
  );
  const shown = useDeferredValue(shape);
  const rows = useMemo(() => rowsOf(doings.files, shown), [doings.files, shown]);

  // What the list is given stays the same while one scrolls past files: it draws its rows anew only when they change.
  const { files: known, doing } = doings;
  const loose = useMemo(() => {
    const paths = new Set(known.flatMap((file) => [file.path, file.was]));
    return placed.filter((one) => !one.remark.path || !paths.has(one.spot?.path ?? one.remark.path));
  }, [known, placed]);
  const summary = useMemo(() => <Summary {...{ task, attempt, since, loose }} files={known} reviews={said} name={doing.name} />, [task, attempt, since, loose, known, said, doing.name]);
  const end = useMemo(
    () => (known.length ? <div className="d-end faint">The end of the change.</div> : <Empty title="Nothing differs">{since ? "Nothing is new since then." : "The change has no file in it."}</Empty>),
    [known.length, since],
  );
  const onFile = useCallback((path: string) => startTransition(() => setCurrent(path)), []);

  const waiting = said.waiting.filter((one) => one.attempt_id === attempt.id);
  const last = said.reviews.findLast((review) => review.attempt_id === attempt.id && review.user_id === me.user)?.head ?? "";
  const rests = !attempt.turns.some((turn) => !turn.finished);
  const own = project.data?.settings.own_approval === false && task.user === me.name;
  const ready = open && attempt.state === "review";
  const go = (to: { attempt?: string; since?: string }) =>
    void navigate({ to: "/tasks/$task/review", params: { task: task.id }, search: { attempt: to.attempt ?? attempt.id, since: to.since || undefined } });
  const toFile = useCallback((file: ChangedFile) => list.current?.toRow((row) => row.kind === "file" && row.file.path === file.path), []);
  const here = doings.files.find((file) => file.path === current);
  useShortcuts([
    { keys: "j", about: "Next file", run: () => list.current?.toFile(1) },
    { keys: "k", about: "File before", run: () => list.current?.toFile(-1) },
    { keys: "n", about: "Next remark", run: () => list.current?.toRemark(1) },
    { keys: "p", about: "Remark before", run: () => list.current?.toRemark(-1) },
    { keys: "v", about: "The file is viewed", run: () => here && doings.doing.see(here) },
    { keys: "x", about: "Fold or open the file", run: () => here && doings.doing.shutOrOpen(here) },
    { keys: "s", about: "Split or unified", run: () => setSettings({ split: !settings.split }) },
    { keys: "f", about: "Filter the files", run: () => filter.current?.focus() },
  ]);

  if (files.error !== null) {
    return (
      <div className="page">
        <Trouble page error={files.error} retry={() => void files.refetch()} />
        {since && <Button onClick={() => go({ since: "" })}>Show all changes</Button>}
      </div>
    );
  }
  if (!files.data) return <Waiting />;
  return (
    <Doings value={doings.doing}>
      <div className={settings.tree ? "review tree" : "review"}>
        <Toolbar
          {...{ task, attempt, since, settings, last: last === head ? "" : last }}
          onSettings={setSettings}
          seen={doings.doing.viewed.size}
          total={doings.files.length}
          waiting={waiting.length}
          maySendBack={open && rests}
          mayApprove={ready && !own}
          whyNot={ready && own ? "This project does not let people approve their own tasks: ask another member." : ""}
          onGo={go}
          onSendBack={() => setAsking("send-back")}
          onApprove={() => setAsking("approve")}
        />
        <News head={head} attempt={attempt} last={last} since={since} onShow={() => setHead(attempt.head)} onSince={() => (setHead(attempt.head), go({ since: last }))} />
        {settings.tree && <FileTree files={doings.files} viewed={doings.doing.viewed} remarks={doings.counts(placed)} current={current} onGo={toFile} filter={filter} />}
        <DifferenceList
          ref={list}
          rows={rows}
          split={settings.split}
          space={settings.space}
          selection={selection}
          onSelect={setSelection}
          onFile={onFile}
          summary={summary}
          end={end}
        />
      </div>
      {asking === "send-back" && <SendBack task={task.id} attempt={attempt.id} waiting={waiting} onClose={() => setAsking(null)} onSent={() => setAsking(null)} />}
      {asking === "approve" && (
        <Approve task={task} head={head} verdict={attempt.verdict} method={project.data?.settings.merge_method ?? "merge"} waiting={waiting} onClose={() => setAsking(null)} />
      )}
    </Doings>
  );
}

interface NewsProps {
  head: string;
  attempt: Attempt;
  last: string;
  since: string;
  onShow: () => void;
  onSince: () => void;
}

/** What one should know of the change that one looks at: the agent works on it, or it is another one by now. */
function News({ head, attempt, last, since, onShow, onSince }: NewsProps) {
  if (attempt.head !== head) {
    return (
      <div className="t-news" role="status">
        <span>The change moved on while you looked at it.</span>
        {last && last !== attempt.head && (
          <Button small look="primary" onClick={onSince}>
            What changed since my review
          </Button>
        )}
        <Button small onClick={onShow}>
          {since ? "Show what is newest" : "Show all of it"}
        </Button>
      </div>
    );
  }
  if (attempt.state !== "queued" && attempt.state !== "running") return null;
  return (
    <div className="t-news" role="status">
      The agent is at work on it: what you see is what it had made before.
    </div>
  );
}
