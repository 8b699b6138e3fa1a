// A project's environments: how the sandboxes of its tasks are prepared.
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, data } from "../api/client";
import { Badge, Bones, Button, Empty, Input, Trouble, When } from "../kit";
import { ReadOnly, useAllowed } from "./allowed";
import { asks, useDo, type Environment, type Project } from "./asks";

export function Environments({ project }: { project: Project }) {
  const { ok, why } = useAllowed(project.id, "admin");
  const environments = useQuery(asks.environments(project.name));
  if (environments.isPending) return <Bones lines={3} />;
  if (environments.error) return <Trouble error={environments.error} retry={() => void environments.refetch()} />;
  return (
    <div className="stack">
      <p className="soft">How the sandboxes of this project are prepared: what is installed, what may be reached, how tests are run. A task gets the one named default, unless it names another.</p>
      {!ok && <ReadOnly why={why} />}
      {!environments.data.length && <Empty title="No environment yet">Tasks run with what holds by default.{ok && " Make one named default, to say otherwise."}</Empty>}
      <ul className="card projects" aria-label="Environments" hidden={!environments.data.length}>
        {environments.data.map((one) => (
          <li key={one.id} className="projects-row environments-row">
            <div className="projects-name">
              <Link to="/projects/$project/environments/$environment" params={{ project: project.name, environment: one.name }} className="truncate" title={one.name}>
                <strong>{one.name}</strong>
              </Link>
              <span className="faint truncate">{summed(one)}</span>
            </div>
            {one.name === "default" && <Badge>For every task</Badge>}
            <span className="faint">
              changed <When at={one.changed} />
            </span>
          </li>
        ))}
      </ul>
      {ok && <Add project={project} there={environments.data} />}
    </div>
  );
}

function summed({ spec }: Environment): string {
  const variables = Object.keys(spec.variables ?? {}).length;
  const network = spec.network;
  const reaches = network && (network.rules?.length || network.presets?.length || network.host_ports?.length);
  return [
    spec.setup?.trim() ? `setup script of ${spec.setup.trim().split("\n").length} lines` : "no setup script",
    variables && `${variables} variable${variables > 1 ? "s" : ""}`,
    reaches ? "may reach the network" : "no network for the agent",
    spec.base_root && spec.base_root !== "host" && spec.base_root,
  ]
    .filter(Boolean)
    .join(" · ");
}

function Add({ project, there }: { project: Project; there: readonly Environment[] }) {
  const [name, setName] = useState("");
  const navigate = useNavigate();
  const base = there.find((one) => one.name === "default");
  const add = useDo(
    () => data(api.PUT("/api/v1/projects/{project}/environments/{environment}", { params: { path: { project: project.id, environment: name.trim() } }, body: (base?.spec ?? {}) as never })),
    { changes: ["project", project.name, "environments"] },
  );
  const taken = there.some((one) => one.name === name.trim());
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!taken) add.mutate(undefined, { onSuccess: (made) => void navigate({ to: "/projects/$project/environments/$environment", params: { project: project.name, environment: made.name } }) });
  };
  return (
    <form className="row wrap members-add" onSubmit={submit}>
      <Input label="Another environment" value={name} onChange={(event) => setName(event.target.value)} required placeholder="Name" spellCheck={false} maxLength={100} wrong={taken ? "There is one of that name." : undefined} hint={base ? "Begins as a copy of default, without its secrets." : undefined} />
      <Button type="submit" busy={add.isPending}>
        Make it
      </Button>
      {add.error && <Trouble error={add.error} />}
    </form>
  );
}
