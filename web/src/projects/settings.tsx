// How a project's tasks are run and published: every field with what it means, and the way back to its default.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, Problem } from "../api/client";
import { Button, Check, Choice, Input, Trouble } from "../kit";
import { Because, ReadOnly, useAllowed } from "./allowed";
import { asks, SETTINGS, useDo, type Project, type Settings } from "./asks";
import { Guard } from "./guard";
import { Words } from "./words";

const TRIGGERS: [string, string][] = [
  ["issue", "An issue gets the label, or is assigned to Pullwright: a task that solves it"],
  ["mention", "A comment mentions Pullwright: a task, an answer, or notes for the task at hand"],
  ["review", "A review of a task's pull request asks for changes: its remarks are the next turn's notes"],
  ["checks", "A check fails on a task's pull request: a turn that mends it, three times at most"],
];

interface Draft {
  name: string;
  default_branch: string;
  settings: Settings;
}

const drafted = (project: Project): Draft => ({ name: project.name, default_branch: project.default_branch ?? "main", settings: { ...SETTINGS, ...project.settings } });
const same = (one: unknown, other: unknown) => JSON.stringify(one) === JSON.stringify(other);

export function ProjectSettings({ project }: { project: Project }) {
  const { ok, why } = useAllowed(project.id, "admin");
  const client = useQueryClient();
  const [draft, setDraft] = useState(() => drafted(project));
  const members = useQuery(asks.members(project.name));
  const saved = drafted(project);
  const dirty = !same(draft, saved);
  const save = useDo(
    async () => {
      const body = { ...(draft.name !== saved.name && { name: draft.name.trim() }), ...(draft.default_branch !== saved.default_branch && { default_branch: draft.default_branch.trim() }), ...(!same(draft.settings, saved.settings) && { settings: draft.settings }) };
      const now = await data(api.PATCH("/api/v1/projects/{project}", { params: { path: { project: project.id } }, body: body as never }));
      client.setQueryData(["project", project.name], now);
      setDraft(drafted(now));
      if (now.name !== project.name) window.location.replace(`/app/projects/${encodeURIComponent(now.name)}#settings`);
      return now;
    },
    { changes: ["projects"], done: "The settings are saved." },
  );
  const wrongs = save.error instanceof Problem ? save.error.fields : [];
  const wrong = (field: string) => wrongs.find((one) => one.at === `$.settings.${field}` || one.at === `$.${field}`)?.message;
  const set = (change: Partial<Settings>) => setDraft({ ...draft, settings: { ...draft.settings, ...change } });
  const back = (field: keyof Settings) =>
    same(draft.settings[field], SETTINGS[field]) || !ok ? null : (
      <button type="button" className="link" onClick={() => set({ [field]: SETTINGS[field] })}>
        Reset to {Array.isArray(SETTINGS[field]) ? "none" : String(SETTINGS[field] === "" ? "nothing" : SETTINGS[field])}
      </button>
    );
  const hint = (field: keyof Settings, words: string) => (
    <>
      {words} {back(field)}
    </>
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate(undefined);
  };
  const { settings } = draft;
  return (
    <form className="stack" onSubmit={submit}>
      {!ok && <ReadOnly why={why} />}
      <Guard dirty={dirty} />
      <fieldset className="card stack settings" disabled={!ok}>
        <legend className="sr-only">Project</legend>
        <h2>Project</h2>
        <Input label="Name" value={draft.name} onChange={(event) => setDraft({ ...draft, name: event.target.value })} required maxLength={100} wrong={wrong("name")} hint="Links and command lines that use the old name stop working when you change it." />
        <Input label="Default branch" value={draft.default_branch} onChange={(event) => setDraft({ ...draft, default_branch: event.target.value })} required wrong={wrong("default_branch")} hint="What tasks start from and are merged into, unless they say otherwise." className="input mono" />
      </fieldset>
      <fieldset className="card stack settings" disabled={!ok}>
        <legend className="sr-only">Publishing</legend>
        <h2>Publishing</h2>
        <Choice label="Open a pull request" value={settings.publish} onChange={(event) => set({ publish: event.target.value as Settings["publish"] })} hint={hint("publish", settings.publish === "when-verified" ? "As soon as the clean runs of the tests bear the change out." : "Only after a person has approved the change here.")}>
          <option value="when-verified">When it is verified</option>
          <option value="on-approval">On approval</option>
        </Choice>
        <Choice label="Merge with" value={settings.merge_method} onChange={(event) => set({ merge_method: event.target.value as Settings["merge_method"] })} hint={hint("merge_method", "Whoever approves may choose another.")}>
          <option value="merge">A merge commit</option>
          <option value="squash">One squashed commit</option>
          <option value="rebase">A rebase</option>
        </Choice>
        <div className="field">
          <Check label="Whoever asked for a task may approve it" checked={settings.own_approval} onChange={(event) => set({ own_approval: event.target.checked })} />
          <span className="hint">{hint("own_approval", "Without it, somebody else has to look.")}</span>
        </div>
        <Input label="Branches of attempts begin with" value={settings.branch_prefix} onChange={(event) => set({ branch_prefix: event.target.value })} wrong={wrong("branch_prefix")} hint={hint("branch_prefix", "Pullwright pushes to these branches alone.")} className="input mono" />
        <Words label="Labels of pull requests" value={settings.labels} onChange={(labels) => set({ labels })} hint={hint("labels", "Set on each pull request that is opened. With commas between.")} />
      </fieldset>
      <fieldset className="card stack settings" disabled={!ok}>
        <legend className="sr-only">At once</legend>
        <h2>At once</h2>
        <Input label="Attempts at once" type="number" min={0} value={settings.slots} onChange={(event) => set({ slots: Math.max(0, Number(event.target.value) || 0) })} wrong={wrong("slots")} hint={hint("slots", "0: no limit of this project's own; the server's holds.")} />
      </fieldset>
      <fieldset className="card stack settings" disabled={!ok}>
        <legend className="sr-only">Started at the forge</legend>
        <h2>Started at the forge</h2>
        {project.forge === "git" && <p className="soft">A plain git repository has no issues or comments: these do nothing here.</p>}
        <div className="stack">
          {TRIGGERS.map(([name, about]) => (
            <Check
              key={name}
              label={
                <>
                  <strong className="mono">{name}</strong> {about}
                </>
              }
              checked={settings.triggers.includes(name)}
              onChange={(event) => set({ triggers: event.target.checked ? [...settings.triggers, name] : settings.triggers.filter((one) => one !== name) })}
            />
          ))}
          {back("triggers")}
        </div>
        <Input label="Label that starts a task" value={settings.label} onChange={(event) => set({ label: event.target.value })} hint={hint("label", "On an issue.")} />
        <Input label="Mention that is listened to" value={settings.mention} onChange={(event) => set({ mention: event.target.value })} hint={hint("mention", "In comments and new issues.")} />
        <Input label="Pullwright's own login" value={settings.bot} onChange={(event) => set({ bot: event.target.value })} hint={hint("bot", "What this account does at the forge starts nothing. Empty: the connection's.")} />
        <Choice label="In whose name" value={settings.trigger_user} onChange={(event) => set({ trigger_user: event.target.value })} wrong={wrong("trigger_user")} hint={hint("trigger_user", "For people at the forge who are no users here: tasks they start run in this name, and on this account.")}>
          <option value="">Nobody: only users with that login are heard</option>
          {settings.trigger_user && !members.data?.some((one) => one.name === settings.trigger_user) && <option>{settings.trigger_user}</option>}
          {members.data?.map((one) => (
            <option key={one.user_id}>{one.name}</option>
          ))}
        </Choice>
      </fieldset>
      {save.error && <Trouble error={save.error} />}
      <div className="row save-bar">
        <Because why={why}>
          <Button look="primary" type="submit" disabled={!ok || !dirty} busy={save.isPending}>
            Save settings
          </Button>
        </Because>
        {dirty && (
          <Button onClick={() => setDraft(saved)} disabled={save.isPending}>
            Discard changes
          </Button>
        )}
      </div>
    </form>
  );
}
