// A new task, or many of them: what is wanted, where, by which model, and for how much.
import { useQuery } from "@tanstack/react-query";
import { Link, useSearch } from "@tanstack/react-router";
import { FolderGit2, GitBranch, Package, Send } from "lucide-react";
import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type RefObject } from "react";
import { api, data } from "../api/client";
import { Bones, Button, Check, Empty, Input, Key, Trouble } from "../kit";
import { may, useMe } from "../session/me";
import { useTitle } from "../shell/title";
import { MODES, modeOf } from "./approval";
import { keep, kept, lastProject } from "./drafts";
import { room } from "./images";
import { Many } from "./many";
import type { Draft } from "./order";
import { Pick, Segments } from "./pick";
import { Prompt } from "./prompt";
import { useSending } from "./sending";
import { beginning, Templates } from "./templates";
import "./composer.css";

export default function Page() {
  useTitle("New task");
  const me = useMe();
  const projects = useQuery({ queryKey: ["projects"], queryFn: () => data(api.GET("/api/v1/projects")) });
  const open = useMemo(() => (projects.data ?? []).filter((one) => one.archived == null && may(me, one.id, "member")), [projects.data, me]);
  if (projects.isError) return <div className="page"><Trouble error={projects.error} retry={() => void projects.refetch()} /></div>;
  if (projects.isPending) return <div className="page composer"><Bones lines={6} /></div>;
  if (!open.length)
    return (
      <div className="page composer">
        <Empty title={projects.data.length ? "You may only look here" : "Connect a repository first"} action={me.is_admin && <Link to="/projects">Connect a project</Link>}>
          {projects.data.length
            ? "To send tasks you must be a member of a project. Ask its administrator for that role."
            : "A task works on a project: a repository that Pullwright knows."}
        </Empty>
      </div>
    );
  return <Composer projects={open} />;
}

type Project = { id: string; name: string; default_branch: string };

function Composer({ projects }: { projects: readonly Project[] }) {
  const search = useSearch({ strict: false }) as { project?: string; ref?: string };
  const [draft, setDraft] = useState<Draft>(() => begun(projects, search));
  const set = (change: Partial<Draft>) => setDraft((now) => ({ ...now, ...change }));
  const sending = useSending(draft, (prompt) => set({ prompt }));
  useKept(draft, sending.sent);
  const server = useQuery({ queryKey: ["server"], queryFn: () => data(api.GET("/api/v1/server")), staleTime: 60_000 });
  const project = projects.find((one) => one.name === draft.project);
  const { wrong } = sending;
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    sending.send();
  };
  return (
    <form
      className="page composer"
      noValidate
      onKeyDown={onKeyDown}
      onSubmit={(event) => {
        event.preventDefault();
        sending.send();
      }}
    >
      <header className="page-head">
        <h1>New task</h1>
        <Check label="One task a line" checked={draft.many} onChange={(event) => set({ many: event.target.checked })} />
      </header>
      {draft.mode === "code" && <Templates value={draft.template} onChange={(template) => set({ template })} />}
      <Prompt
        label={draft.many ? "Tasks, one a line" : "What is to be done"}
        placeholder={placeholder(draft)}
        text={draft.prompt}
        onText={(prompt) => set({ prompt })}
        project={draft.project}
        at={draft.ref}
        images={draft.many ? null : draft.images}
        onImages={(images) => set({ images })}
        room={room(server.data?.body_bytes ?? 4 << 20)}
        wrong={wrong.prompt ?? wrong.images ?? wrong.template ?? wrong.title}
      />
      {draft.many && <Many text={draft.prompt} refused={sending.refused} />}
      <div className="composer-where">
        <Pick
          label="Project"
          icon={<FolderGit2 size={15} aria-hidden />}
          value={draft.project}
          empty="Choose a project"
          options={projects.map((one) => ({ value: one.name, label: one.name }))}
          onChange={(name) => set({ project: name, ref: "", environment: "" })}
          wrong={wrong.project}
        />
        <Branch project={project} value={draft.ref} onChange={(ref) => set({ ref })} wrong={wrong.ref} />
        <Environment project={project} value={draft.environment} onChange={(environment) => set({ environment })} wrong={wrong.environment} />
      </div>
      <How draft={draft} set={set} models={server.data?.models ?? ["deep", "fast"]} wrong={wrong} />
      {sending.error !== null && <Trouble error={sending.error} />}
      <footer className="composer-foot">
        <span className="faint grow">{draft.mode === "ask" ? "It reads and answers; nothing is changed." : "It works in a sandbox; you review before anything is merged."}</span>
        <Button type="submit" look="primary" busy={sending.busy}>
          <Send size={15} aria-hidden /> {draft.many ? "Send all" : "Send"} <Key>Ctrl ↵</Key>
        </Button>
      </footer>
    </form>
  );
}

/** Keep the draft while it is written, and when the page is left, unless it was sent. */
function useKept(draft: Draft, sent: RefObject<boolean>): void {
  const latest = useRef(draft);
  latest.current = draft;
  useEffect(() => {
    const timer = setTimeout(() => keep(draft), 300);
    return () => clearTimeout(timer);
  }, [draft]);
  useEffect(() => {
    const now = () => !sent.current && keep(latest.current);
    window.addEventListener("pagehide", now);
    return () => (window.removeEventListener("pagehide", now), void now());
  }, [sent]);
}

/** The draft that was left, with what the address names; at first the project that was used last, or the only one. */
function begun(projects: readonly Project[], search: { project?: string; ref?: string }): Draft {
  const left = kept();
  const named = projects.find((one) => one.name === search.project || one.id === search.project)?.name;
  const known = (name: string) => projects.some((one) => one.name === name);
  const before = [named, left.project, lastProject()].find((name) => name && known(name));
  const project = before ?? (projects.length === 1 ? (projects[0]?.name ?? "") : "");
  const elsewhere = project !== left.project;
  return { ...left, project, ref: search.ref ? String(search.ref) : elsewhere ? "" : left.ref, environment: elsewhere ? "" : left.environment };
}

function placeholder(draft: Draft): string {
  if (draft.many) return "Fix the flaky test in @tests/test_clock.py\nDocument the command line\n# lines like this one are left out";
  if (draft.mode === "ask") return "Ask about the code: where is it decided, why is it so, what would break?";
  return beginning(draft.template);
}

interface WhereProps {
  project: Project | undefined;
  value: string;
  onChange: (value: string) => void;
  wrong?: string;
}

function Branch({ project, value, onChange, wrong }: WhereProps) {
  const name = project?.name ?? "";
  const found = useQuery({
    queryKey: ["project", name, "branches"],
    queryFn: () => data(api.GET("/api/v1/projects/{project}/branches", { params: { path: { project: name } } })),
    enabled: name !== "",
    staleTime: 60_000,
    retry: false,
  });
  const standard = project?.default_branch ?? "main";
  const names = [standard, ...(found.data ?? []).map((one) => one.name).filter((one) => one !== standard)];
  return (
    <Pick
      label="Branch"
      icon={<GitBranch size={15} aria-hidden />}
      value={value || standard}
      empty={standard}
      options={names.map((one) => ({ value: one, label: one, about: one === standard ? "the default branch" : undefined }))}
      onChange={(now) => onChange(now === standard ? "" : now)}
      other={(typed) => `Begin at the tag or commit ${typed}`}
      loading={found.isLoading}
      failed={found.isError ? found.error.message : undefined}
      wrong={wrong}
    />
  );
}

function Environment({ project, value, onChange, wrong }: WhereProps) {
  const name = project?.name ?? "";
  const found = useQuery({
    queryKey: ["project", name, "environments"],
    queryFn: () => data(api.GET("/api/v1/projects/{project}/environments", { params: { path: { project: name } } })),
    enabled: name !== "",
    staleTime: 60_000,
  });
  return (
    <Pick
      label="Environment"
      icon={<Package size={15} aria-hidden />}
      value={value || "default"}
      empty="default"
      options={(found.data ?? []).map((one) => ({ value: one.name, label: one.name }))}
      onChange={(now) => onChange(now === "default" ? "" : now)}
      loading={found.isLoading}
      failed={found.isError ? found.error.message : undefined}
      wrong={wrong}
    />
  );
}

const CLASSES: Record<string, string> = { fast: "Fast", deep: "Deep" };

interface HowProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  models: readonly string[];
  wrong: Partial<Record<keyof Draft, string>>;
}

function How({ draft, set, models, wrong }: HowProps) {
  const more = [draft.deadline, draft.priority, draft.steps, draft.title].some(Boolean);
  const [open, setOpen] = useState(more);
  return (
    <div className="stack">
      <div className="composer-how">
        <Segments
          label="Mode"
          value={draft.mode}
          options={[
            { value: "code", label: "Change code" },
            { value: "ask", label: "Ask" },
          ]}
          onChange={(mode) => set({ mode })}
        />
        <Segments label="Model" value={draft.model} options={models.map((one) => ({ value: one, label: CLASSES[one] ?? one }))} onChange={(model) => set({ model })} />
        <Segments
          label="Attempts"
          value={String(draft.attempts)}
          options={["1", "2", "3", "4", "5", "6", "7", "8"].map((one) => ({ value: one, label: one }))}
          onChange={(attempts) => set({ attempts: Number(attempts) })}
        />
        <Input label="Budget in USD" inputMode="decimal" placeholder="no limit" value={draft.usd} onChange={(event) => set({ usd: event.target.value })} wrong={wrong.usd} />
      </div>
      {draft.mode === "code" && <Segments label="Approval" value={draft.approval} options={MODES} about={modeOf(draft.approval).about} onChange={(approval) => set({ approval })} />}
      {(wrong.model || wrong.attempts || wrong.approval) && (
        <p className="prompt-wrong" role="alert">
          {wrong.model ?? wrong.attempts ?? wrong.approval}
        </p>
      )}
      <details className="composer-more" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>More</summary>
        <div className="composer-how">
          {!draft.many && <Input label="Title" placeholder="the prompt's first line" maxLength={200} dir="auto" value={draft.title} onChange={(event) => set({ title: event.target.value })} />}
          <Input label="Deadline in hours" inputMode="decimal" placeholder="none" hint="Not begun after that." value={draft.deadline} onChange={(event) => set({ deadline: event.target.value })} wrong={wrong.deadline} />
          <Input label="Priority" inputMode="numeric" placeholder="0" hint="Higher goes first." value={draft.priority} onChange={(event) => set({ priority: event.target.value })} wrong={wrong.priority} />
          <Input label="Steps at most" inputMode="numeric" placeholder="200" value={draft.steps} onChange={(event) => set({ steps: event.target.value })} wrong={wrong.steps} />
        </div>
      </details>
    </div>
  );
}
