// A new schedule: its time is read back in words, with the next runs as the server counts them.
import { useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState, type FormEvent } from "react";
import { api, data, Problem } from "../api/client";
import { Area, Button, Choice, Dialog, Input, Trouble } from "../kit";
import { asks, useDo, type Project } from "./asks";
import { cronWords } from "./cron";
import type { Schedule } from "./schedules";

const OFTEN: [string, string][] = [
  ["0 3 * * 1-5", "Weekdays at 03:00"],
  ["0 3 * * *", "Every day at 03:00"],
  ["0 6 * * 1", "Mondays at 06:00"],
  ["0 4 1 * *", "The first of the month at 04:00"],
];
const TEMPLATES: [string, string][] = [
  ["", "None: the prompt alone"],
  ["refactor", "Refactor"],
  ["test-backfill", "Test backfill"],
  ["dependency-upgrade", "Dependency upgrade"],
  ["bug-triage", "Bug triage"],
];

/** A time to come, in the reader's own zone. */
export function nextWords(at: number): string {
  return new Date(at * 1000).toLocaleString(undefined, { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
}

export function NewSchedule({ project, from, onClose }: { project: Project; from: Partial<Schedule>; onClose: () => void }) {
  const [name, setName] = useState(from.name ? `${from.name} again` : "");
  const [cron, setCron] = useState(from.cron ?? "0 3 * * 1-5");
  const [prompt, setPrompt] = useState(from.order?.prompt ?? "");
  const [template, setTemplate] = useState(from.order?.template ?? "");
  const [environment, setEnvironment] = useState(from.order?.environment ?? "");
  const environments = useQuery(asks.environments(project.name));
  const make = useDo(
    () => {
      const order = { ...from.order, project: project.id, prompt, template, environment };
      return data(api.POST("/api/v1/projects/{project}/schedules", { params: { path: { project: project.id } }, body: { name: name.trim(), cron: cron.trim(), order } as never }));
    },
    { changes: ["project", project.name, "schedules"], done: (made) => `${made.name} is scheduled.` },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} wide title="New schedule" about="The task is dispatched in your name, and on your account.">
      <form className="stack" onSubmit={submit}>
        <Input label="Name" value={name} onChange={(event) => setName(event.target.value)} required autoFocus maxLength={100} />
        <Times cron={cron} onChange={setCron} />
        <Choice label="Template" value={template} onChange={(event) => setTemplate(event.target.value)} hint="What kind of work it is: the agent is held to it.">
          {TEMPLATES.map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
          {!TEMPLATES.some(([value]) => value === template) && <option>{template}</option>}
        </Choice>
        <Area label="Prompt" value={prompt} onChange={(event) => setPrompt(event.target.value)} required rows={4} dir="auto" />
        <Choice label="Environment" value={environment} onChange={(event) => setEnvironment(event.target.value)}>
          <option value="">default</option>
          {environments.data?.filter((one) => one.name !== "default").map((one) => <option key={one.id}>{one.name}</option>)}
        </Choice>
        {make.error && <Trouble error={make.error} />}
        <div className="row">
          <Button look="primary" type="submit" busy={make.isPending}>
            Schedule it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Times({ cron, onChange }: { cron: string; onChange: (cron: string) => void }) {
  const asked = useDeferredValue(cron.trim());
  const times = useQuery({
    queryKey: ["schedule-times", asked],
    queryFn: () => data(api.GET("/api/v1/schedule-times", { params: { query: { cron: asked, count: 3 } } })),
    enabled: asked.split(/\s+/).length === 5,
    retry: false,
    staleTime: 30_000,
  });
  const wrong = times.error instanceof Problem ? `${times.error.message}. ${times.error.fix}` : undefined;
  return (
    <div className="stack">
      <Input label="When (cron, in UTC)" value={cron} onChange={(event) => onChange(event.target.value)} required className="input mono" spellCheck={false} wrong={wrong} hint="Five fields: minute, hour, day, month, weekday." />
      <div className="row wrap" role="group" aria-label="Common times">
        {OFTEN.map(([value, words]) => (
          <Button key={value} small aria-pressed={value === cron} onClick={() => onChange(value)}>
            {words}
          </Button>
        ))}
      </div>
      <p className="soft" aria-live="polite">
        {cronWords(cron) && `Reads: ${cronWords(cron)} (UTC). `}
        {times.data && `Next: ${times.data.map(nextWords).join("; ")}, your time.`}
      </p>
    </div>
  );
}
