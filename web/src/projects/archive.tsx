// A project is put away, or brought back. What it has is kept either way.
import { useState, type FormEvent } from "react";
import { api, data } from "../api/client";
import { Button, Dialog, Input, Trouble } from "../kit";
import { Because, useAllowed } from "./allowed";
import { useDo, type Project } from "./asks";
import { useQueryClient } from "@tanstack/react-query";

export function Archive({ project }: { project: Project }) {
  const { ok, why } = useAllowed(project.id, "admin");
  const client = useQueryClient();
  const [asked, setAsked] = useState(false);
  const [typed, setTyped] = useState("");
  const put = useDo(
    async (archived: boolean) => {
      const now = await data(api.PATCH("/api/v1/projects/{project}", { params: { path: { project: project.id } }, body: { archived } as never }));
      client.setQueryData(["project", project.name], now);
      return now;
    },
    { changes: ["projects"], done: (now) => (now.archived ? `${now.name} is archived.` : `${now.name} is back.`) },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed === project.name) put.mutate(true, { onSuccess: () => (setAsked(false), setTyped("")) });
  };
  return (
    <section className="card stack" aria-labelledby="archive-title">
      <h2 id="archive-title">{project.archived ? "Bring it back" : "Archive"}</h2>
      <p className="soft">{project.archived ? "It takes tasks again. Everything is as it was." : "It takes no more tasks, and its schedules and triggers rest. Tasks, reports and settings are kept, and it can be brought back."}</p>
      {put.error && <Trouble error={put.error} />}
      <div>
        <Because why={why}>
          {project.archived ? (
            <Button disabled={!ok} busy={put.isPending} onClick={() => put.mutate(false)}>
              Bring it back
            </Button>
          ) : (
            <Button look="danger" disabled={!ok} onClick={() => setAsked(true)}>
              Archive this project…
            </Button>
          )}
        </Because>
      </div>
      <Dialog open={asked} onClose={() => setAsked(false)} title={`Archive ${project.name}?`} about="It takes no more tasks until somebody brings it back.">
        <form className="stack" onSubmit={submit}>
          <Input label={`Type ${project.name} to confirm`} value={typed} onChange={(event) => setTyped(event.target.value)} autoFocus autoComplete="off" spellCheck={false} />
          <div className="row">
            <Button look="danger" type="submit" disabled={typed !== project.name} busy={put.isPending}>
              Archive it
            </Button>
            <Button onClick={() => setAsked(false)}>Keep it</Button>
          </div>
        </form>
      </Dialog>
    </section>
  );
}
