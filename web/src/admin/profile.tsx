// Who one is, what one is where, and one's password.
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { api, bring, data } from "../api/client";
import { Badge, Button, Input, say, Trouble } from "../kit";
import { meQuery, useMe } from "../session/me";
import { usePeople, useProjects } from "../usage/names";

export function Profile() {
  const me = useMe();
  const people = usePeople();
  const projects = useProjects();
  const self = people.data?.find((one) => one.id === me.user);
  const names = new Map(projects.data?.map((project) => [project.id, project.name]));
  const roles = Object.entries(me.roles);
  const ways = self && [self.by_password && "with a password", self.by_provider && "through the company’s sign-in"].filter(Boolean).join(", and ");
  return (
    <>
      <div className="card stack">
        <dl className="facts">
          <dt>Name</dt>
          <dd dir="auto">
            {me.name} {me.is_admin && <Badge tone="info">Administrator</Badge>}
          </dd>
          {self?.email && (
            <>
              <dt>Address</dt>
              <dd>{self.email}</dd>
            </>
          )}
          <dt>Signs in</dt>
          <dd>{ways || (self ? "at the server’s own machine only" : "…")}</dd>
          <dt>Roles</dt>
          <dd>
            {me.is_admin && <p>May do everything in every project.</p>}
            {!roles.length && !me.is_admin && "None yet. An administrator gives you a role in a project."}
            <ul className="stack tight">
              {roles.map(([id, role]) => {
                const name = names.get(id);
                return (
                  <li key={id} className="row">
                    {name ? (
                      <Link to="/projects/$project" params={{ project: name }} className="truncate" title={name}>
                        {name}
                      </Link>
                    ) : (
                      <span className="mono truncate">{id}</span>
                    )}
                    <Badge>{role}</Badge>
                  </li>
                );
              })}
            </ul>
          </dd>
        </dl>
      </div>
      <Password name={me.name} had={self?.by_password ?? true} />
    </>
  );
}

function Password({ name, had }: { name: string; had: boolean }) {
  const client = useQueryClient();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const [differs, setDiffers] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const [old, fresh, again] = ["old", "new", "again"].map((field) => String(new FormData(form).get(field) ?? "")) as [string, string, string];
    setError(null);
    setDiffers(fresh !== again);
    if (fresh !== again) return;
    setBusy(true);
    try {
      const me = await data(api.POST("/api/v1/me/password", { body: { old, new: fresh } }));
      bring(me.csrf);
      client.setQueryData(meQuery.queryKey, me);
      form.reset();
      say("The new password holds. You are signed out everywhere else.", "good");
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return (
    <form className="card stack narrow" onSubmit={submit}>
      <h3>{had ? "Change your password" : "Set a password"}</h3>
      <input type="text" name="username" autoComplete="username" value={name} readOnly hidden />
      {had && <Input label="The password now" name="old" type="password" autoComplete="current-password" required />}
      <Input label="New password" name="new" type="password" autoComplete="new-password" minLength={10} required hint="10 characters or more. All your other sign-ins end." />
      <Input label="Once more" name="again" type="password" autoComplete="new-password" required wrong={differs ? "The two differ." : undefined} />
      {error !== null && <Trouble error={error} />}
      <div className="row">
        <Button type="submit" look="primary" busy={busy}>
          {had ? "Change it" : "Set it"}
        </Button>
      </div>
    </form>
  );
}
