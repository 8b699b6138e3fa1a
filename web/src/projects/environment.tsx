// One environment: how sandboxes are prepared, and the way to try it.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useEffect, useRef, useState, type FormEvent } from "react";
import { api, data, Problem } from "../api/client";
import { Bones, Button, Dialog, Empty, Menu, say, Trouble, When } from "../kit";
import { MoreHorizontal } from "lucide-react";
import { Because, ReadOnly, useAllowed } from "./allowed";
import { asks, useDo, type Environment, type Project } from "./asks";
import { Form, type Part } from "./environment/form";
import { useFollowed } from "./environment/followed";
import { get, same, set, type Spec } from "./environment/spec";
import { Try } from "./environment/try";
import { without, wrongAt, wrongsOf, type Wrongs } from "./environment/wrongs";
import { Guard } from "./guard";
import "./projects.css";
import "./environment/environment.css";

export default function Page() {
  const { project: name, environment: of } = useParams({ strict: false }) as { project: string; environment: string };
  const project = useQuery(asks.project(name));
  const environment = useQuery(asks.environment(name, of));
  const error = project.error ?? environment.error;
  if (error) {
    const missing = error instanceof Problem && error.status === 404;
    return (
      <div className="page">
        {missing ? (
          <Empty page title={`There is no environment ${of} of ${name}, or not for you`} action={<Link to="/projects">All projects</Link>} />
        ) : (
          <Trouble page error={error} retry={() => void (project.refetch(), environment.refetch())} />
        )}
      </div>
    );
  }
  if (!project.data || !environment.data) {
    return (
      <div className="page">
        <Bones lines={10} />
      </div>
    );
  }
  return <Editor key={environment.data.id} project={project.data} environment={environment.data} />;
}

function useSpec(project: Project, environment: Environment) {
  const client = useQueryClient();
  const kept = environment.spec;
  const [spec, setSpec] = useState<Spec>(kept);
  const [wrongs, setWrongs] = useState<Wrongs>([]);
  const last = useRef(kept);
  // What somebody else saved meanwhile is taken over, unless something is being changed here.
  useEffect(() => {
    setSpec((now) => (same(now, last.current) ? kept : now));
    last.current = kept;
  }, [kept]);
  const save = useDo(
    async () => {
      const path = { project: project.id, environment: environment.name };
      const now = (await data(api.PUT("/api/v1/projects/{project}/environments/{environment}", { params: { path }, body: spec as never }))) as unknown as Environment;
      last.current = now.spec;
      setSpec(now.spec);
      client.setQueryData(asks.environment(project.name, environment.name).queryKey, now);
      return now;
    },
    { changes: ["project", project.name, "environments"], done: "The environment is saved." },
  );
  const trySave = async (): Promise<boolean> => {
    setWrongs([]);
    try {
      await save.mutateAsync(undefined);
      return true;
    } catch (error) {
      setWrongs(wrongsOf(error instanceof Problem ? error : null));
      say(error instanceof Error ? error.message : String(error), "bad");
      requestAnimationFrame(() => document.querySelector<HTMLElement>("form.editor [aria-invalid=true]")?.focus());
      return false;
    }
  };
  const part: Omit<Part, "disabled"> = {
    spec,
    wrongs,
    wrong: (at) => wrongAt(wrongs, at),
    change: (field, value) => {
      setSpec((now) => set(now, field, value));
      setWrongs((now) => without(now, field));
    },
    replace: (field, now) => {
      setSpec(now);
      setWrongs((before) => (field ? without(before, field) : []));
    },
  };
  return { part, dirty: !same(spec, kept), save, trySave, discard: () => (setSpec(kept), setWrongs([])) };
}

function Editor({ project, environment }: { project: Project; environment: Environment }) {
  const { ok, why } = useAllowed(project.id, "admin");
  const { part, dirty, save, trySave, discard } = useSpec(project, environment);
  const [shown, setShown] = useState("");
  const followed = useFollowed(project.name, environment.name, shown);
  const { row } = followed;
  // A line is of the script that ran: once that is another one, the number says nothing any more.
  const failing = row?.state === "failed" && row.line > 0 && get(part.spec, "setup") === get(environment.spec, "setup") && environment.changed <= row.started ? row.line : 0;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void trySave();
  };
  const noScript = get(environment.spec, "setup").trim() || (dirty && get(part.spec, "setup").trim()) ? "" : "There is no setup script to try.";
  return (
    <div className="page environment">
      <nav className="crumbs" aria-label="Where you are">
        <Link to="/projects">Projects</Link> / <Link to="/projects/$project" params={{ project: project.name }}>{project.name}</Link> /{" "}
        <Link to="/projects/$project" params={{ project: project.name }} hash="environments">
          Environments
        </Link>
      </nav>
      <div className="page-head">
        <h1>{environment.name}</h1>
        <span className="faint">
          changed <When at={environment.changed} />
        </span>
        {environment.name !== "default" && ok && <Remove project={project} environment={environment} onDiscard={discard} />}
      </div>
      {!ok && <ReadOnly why={why} />}
      <Guard dirty={dirty} onSave={trySave} />
      <div className="environment-columns">
        <form className="stack editor" onSubmit={submit} noValidate>
          <Form {...part} disabled={!ok} project={project} environment={environment.name} failing={failing} />
          <div className="row wrap save-bar">
            <Because why={why}>
              <Button look="primary" type="submit" disabled={!ok || !dirty} busy={save.isPending}>
                Save environment
              </Button>
            </Because>
            {dirty && (
              <>
                <Button onClick={discard} disabled={save.isPending}>
                  Discard changes
                </Button>
                <span className="soft">Not saved yet</span>
              </>
            )}
            {save.error && <Trouble error={save.error} />}
          </div>
        </form>
        <aside>
          <Try project={project.name} environment={environment.name} followed={followed} shown={shown} onShow={setShown} why={why || noScript} dirty={dirty} onSave={trySave} />
        </aside>
      </div>
    </div>
  );
}

function Remove({ project, environment, onDiscard }: { project: Project; environment: Environment; onDiscard: () => void }) {
  const [asked, setAsked] = useState(false);
  const navigate = useNavigate();
  const remove = useDo(() => data(api.DELETE("/api/v1/projects/{project}/environments/{environment}", { params: { path: { project: project.id, environment: environment.name } } })), {
    changes: asks.environments(project.name).queryKey.slice(0, 2),
    done: `The environment ${environment.name} is removed.`,
  });
  const done = () => {
    onDiscard();
    void navigate({ to: "/projects/$project", params: { project: project.name }, hash: "environments" });
  };
  return (
    <>
      <Menu entries={[{ label: "Remove this environment…", danger: true, onSelect: () => setAsked(true) }]}>
        <button type="button" className="btn quiet icon" aria-label={`More for ${environment.name}`}>
          <MoreHorizontal size={16} />
        </button>
      </Menu>
      <Dialog open={asked} onClose={() => setAsked(false)} title={`Remove the environment ${environment.name}?`} about="Its secrets are forgotten with it. Tasks that named it keep what they have.">
        {remove.error && <Trouble error={remove.error} />}
        <div className="row">
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate(undefined, { onSuccess: done })}>
            Remove it
          </Button>
          <Button onClick={() => setAsked(false)}>Keep it</Button>
        </div>
      </Dialog>
    </>
  );
}
