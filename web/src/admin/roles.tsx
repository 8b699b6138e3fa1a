// Who is what in which project: people × projects, each role set where it stands.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Empty, Input, say, sayTrouble, Trouble } from "../kit";
import { usePeople, useProjects } from "../usage/names";

type Role = Schemas["Membership"]["role"];
const KEY = ["roles"];
const AT = "/api/v1/projects/{project}/members/{user}" as const;
/** Columns and rows that are shown at once; more are found by name. */
const WIDE = 12;
const TALL = 100;

const within = (name: string, words: string) => name.toLowerCase().includes(words.trim().toLowerCase());

export function Roles() {
  const people = usePeople();
  const projects = useProjects();
  const roles = useQuery({ queryKey: KEY, queryFn: () => data(api.GET("/api/v1/roles")) });
  const [who, setWho] = useState("");
  const [where, setWhere] = useState("");
  const error = people.error ?? projects.error ?? roles.error;
  if (error) return <Trouble error={error} retry={() => void Promise.all([people.refetch(), projects.refetch(), roles.refetch()])} />;
  if (!people.data || !projects.data || !roles.data) return <Bones lines={8} />;
  const held = new Map(roles.data.map((one) => [`${one.user_id} ${one.project_id}`, one.role]));
  const columns = projects.data.filter((one) => !one.archived && within(one.name, where));
  const rows = people.data.filter((one) => !one.disabled && within(one.name, who));
  if (!projects.data.length) return <Empty title="No projects yet" action={<Link to="/projects">Connect one</Link>} />;
  return (
    <>
      <p className="soft">A viewer reads; a member asks for tasks, steers and reviews; an admin also sets the project up. Administrators of the server may do everything everywhere.</p>
      <div className="pair">
        <Input label="People" type="search" value={who} onChange={(event) => setWho(event.target.value)} placeholder="Name" />
        <Input label="Projects" type="search" value={where} onChange={(event) => setWhere(event.target.value)} placeholder="Name" />
      </div>
      <div className="scroll-x card flush matrix" tabIndex={0} role="region" aria-label="Roles by person and project">
        <table className="table">
          <thead>
            <tr>
              <th scope="col">Person</th>
              {columns.slice(0, WIDE).map((project) => (
                <th key={project.id} scope="col">
                  <Link to="/projects/$project" params={{ project: project.name }} className="truncate column-head" title={project.name}>
                    {project.name}
                  </Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, TALL).map((person) => (
              <tr key={person.id}>
                <th scope="row">
                  <span className="row">
                    <span className="truncate" dir="auto" title={person.name}>
                      {person.name}
                    </span>
                    {person.is_admin && <Badge tone="info">Administrator</Badge>}
                  </span>
                </th>
                {columns.slice(0, WIDE).map((project) => (
                  <td key={project.id}>
                    <Cell user={person} project={project} role={held.get(`${person.id} ${project.id}`)} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {(columns.length > WIDE || rows.length > TALL) && (
        <p className="faint">
          {Math.min(rows.length, TALL)} of {rows.length} people and {Math.min(columns.length, WIDE)} of {columns.length} projects are shown: find the others by name.
        </p>
      )}
    </>
  );
}

interface Named {
  id: string;
  name: string;
}

function Cell({ user, project, role }: { user: Named; project: Named; role: Role | undefined }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const set = async (wanted: Role | "") => {
    setBusy(true);
    const params = { path: { project: project.id, user: user.id } };
    try {
      await (wanted ? data(api.PUT(AT, { params, body: { role: wanted } })) : data(api.DELETE(AT, { params })));
      say(wanted ? `${user.name} is ${wanted} of ${project.name}` : `${user.name} has no role in ${project.name}`, "good");
    } catch (problem) {
      sayTrouble(problem);
    }
    await Promise.all([client.invalidateQueries({ queryKey: KEY }), client.invalidateQueries({ queryKey: ["project", project.name] })]);
    setBusy(false);
  };
  return (
    <select className={role ? "input role" : "input role none"} value={role ?? ""} disabled={busy} aria-label={`Role of ${user.name} in ${project.name}`} onChange={(event) => void set(event.target.value as Role | "")}>
      <option value="">–</option>
      <option value="viewer">viewer</option>
      <option value="member">member</option>
      <option value="admin">admin</option>
    </select>
  );
}
