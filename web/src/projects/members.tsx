// Who is what in a project.
import { useQuery } from "@tanstack/react-query";
import { UserMinus } from "lucide-react";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { Bones, Button, Choice, Dialog, Empty, Input, Trouble } from "../kit";
import { useMe } from "../session/me";
import { ReadOnly, useAllowed } from "./allowed";
import { asks, useDo, type Project, type Role } from "./asks";

const ROLES: Record<Role, string> = { viewer: "Viewer: reads", member: "Member: dispatches, steers, reviews", admin: "Admin: also sets the project up" };
type Member = Schemas["MemberView"];

function Roles() {
  return Object.entries(ROLES).map(([role, words]) => (
    <option key={role} value={role}>
      {words}
    </option>
  ));
}

export function Members({ project }: { project: Project }) {
  const { ok, why } = useAllowed(project.id, "admin");
  const members = useQuery(asks.members(project.name));
  if (members.isPending) return <Bones lines={4} />;
  if (members.error) return <Trouble error={members.error} retry={() => void members.refetch()} />;
  return (
    <div className="stack">
      {!ok && <ReadOnly why={why} />}
      {ok && <Add project={project} there={members.data} />}
      {!members.data.length ? (
        <Empty title="Nobody has a role here yet">Administrators of the server see every project all the same.</Empty>
      ) : (
        <ul className="card projects" aria-label="Members">
          {members.data.map((member) => (
            <Row key={member.user_id} project={project} member={member} may={ok} />
          ))}
        </ul>
      )}
    </div>
  );
}

function usePut(project: Project) {
  return useDo(
    ({ user, role }: { user: string; role: Role }) => data(api.PUT("/api/v1/projects/{project}/members/{user}", { params: { path: { project: project.id, user } }, body: { role } })),
    { changes: ["project", project.name, "members"], done: (now) => `${now.name} is ${now.role} now.` },
  );
}

function Add({ project, there }: { project: Project; there: readonly Member[] }) {
  const users = useQuery(asks.users());
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("member");
  const put = usePut(project);
  const left = users.data?.filter((user) => !user.disabled && !there.some((member) => member.user_id === user.id)) ?? [];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    put.mutate({ user: name.trim().toLowerCase(), role }, { onSuccess: () => setName("") });
  };
  return (
    <form className="card stack" onSubmit={submit} aria-label="Add a member">
      <div className="row wrap members-add">
        <div className="grow">
          <Input label="Name" value={name} onChange={(event) => setName(event.target.value)} list="users-there" required autoComplete="off" spellCheck={false} placeholder="A user of this server" />
          <datalist id="users-there">
            {left.map((user) => (
              <option key={user.id} value={user.name} />
            ))}
          </datalist>
        </div>
        <Choice label="Role" value={role} onChange={(event) => setRole(event.target.value as Role)}>
          <Roles />
        </Choice>
        <Button look="primary" type="submit" busy={put.isPending}>
          Add
        </Button>
      </div>
      {put.error && <Trouble error={put.error} />}
    </form>
  );
}

function Row({ project, member, may }: { project: Project; member: Member; may: boolean }) {
  const me = useMe();
  const [asked, setAsked] = useState(false);
  const put = usePut(project);
  const remove = useDo(() => data(api.DELETE("/api/v1/projects/{project}/members/{user}", { params: { path: { project: project.id, user: member.user_id } } })), {
    changes: ["project", project.name, "members"],
    done: `${member.name} is no member any more.`,
  });
  const self = member.user_id === me.user;
  const error = put.error ?? remove.error;
  return (
    <li className="projects-row members-row">
      <span className="avatar" aria-hidden>
        {member.name.slice(0, 1).toUpperCase()}
      </span>
      <span className="truncate grow" title={member.name} dir="auto">
        {member.name} {self && <span className="faint">(you)</span>}
      </span>
      <select className="input" aria-label={`Role of ${member.name}`} value={member.role} disabled={!may || put.isPending} onChange={(event) => put.mutate({ user: member.user_id, role: event.target.value as Role })}>
        <Roles />
      </select>
      <Button look="quiet" label={self ? "Leave the project" : `Remove ${member.name}`} disabled={!may && !self} onClick={() => setAsked(true)}>
        <UserMinus size={16} />
      </Button>
      {error && <Trouble error={error} />}
      <Dialog open={asked} onClose={() => setAsked(false)} title={self ? `Leave ${project.name}?` : `Remove ${member.name}?`} about={self ? "You will not see it any more, unless you administer the server." : "They will not see the project any more. Their tasks stay."}>
        <div className="row">
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate(undefined, { onSuccess: () => setAsked(false) })}>
            {self ? "Leave" : "Remove"}
          </Button>
          <Button onClick={() => setAsked(false)}>Cancel</Button>
        </div>
      </Dialog>
    </li>
  );
}
