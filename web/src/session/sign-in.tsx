// Sign-in, the first run, and the page behind a one-time link.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent, type ReactNode } from "react";
import { api, bring, data, Problem } from "../api/client";
import { Button, Input, Trouble } from "../kit";
import { meQuery, type Me } from "./me";
import "./sign-in.css";

/** What is shown to somebody who is not signed in yet. */
export function Gate({ title, about, children }: { title: string; about?: ReactNode; children: ReactNode }) {
  return (
    <main className="gate">
      <div className="gate-card stack">
        <img src="/app/icon.svg" width={40} height={40} alt="" />
        <h1>{title}</h1>
        {about && <p className="soft">{about}</p>}
        {children}
      </div>
    </main>
  );
}

/** Only to our own pages: a link elsewhere must not be where a sign-in ends. */
function within(after: unknown): string {
  return typeof after === "string" && after.startsWith("/") && !after.startsWith("//") && !after.startsWith("/\\") ? after : "/";
}

function useSigning(send: (form: FormData) => Promise<Me | null>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const client = useQueryClient();
  const navigate = useNavigate();
  const { after } = useSearch({ strict: false }) as { after?: string };
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      const me = await send(new FormData(event.currentTarget));
      if (me) {
        bring(me.csrf);
        client.setQueryData(meQuery.queryKey, me);
        await navigate({ to: within(after) });
      }
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, submit };
}

const field = (form: FormData, name: string) => String(form.get(name) ?? "");

export function SignIn() {
  const { busy, error, submit } = useSigning((form) =>
    data(api.POST("/api/v1/sign-in", { body: { name: field(form, "name"), password: field(form, "password") } })),
  );
  const { after } = useSearch({ strict: false }) as { after?: string };
  return (
    <Gate title="Sign in to Pullwright">
      <form className="stack" onSubmit={submit}>
        <Input label="Name" name="name" autoComplete="username" autoFocus required />
        <Input label="Password" name="password" type="password" autoComplete="current-password" required />
        {error !== null && <Trouble error={error} />}
        <Button type="submit" look="primary" busy={busy}>
          Sign in
        </Button>
        <OtherWays after={within(after)} />
      </form>
    </Gate>
  );
}

/** The provider's sign-in, where the server has one: it says so at /api/v1/oidc/begin by not being missing. */
function OtherWays({ after }: { after: string }) {
  return (
    <p className="faint">
      Your company signs in elsewhere? <a href={`/api/v1/oidc/begin?after=${encodeURIComponent(`/app${after}`)}`}>Use single sign-on</a>
    </p>
  );
}

export function FirstRun() {
  const { token = "" } = useSearch({ strict: false }) as { token?: string };
  const { busy, error, submit } = useSigning((form) =>
    data(api.POST("/api/v1/first-run", { body: { token, name: field(form, "name"), password: field(form, "password") } })),
  );
  return (
    <Gate title="Welcome to Pullwright" about="You are the first one here: make the administrator's account.">
      <form className="stack" onSubmit={submit}>
        <Input label="Name" name="name" autoComplete="username" autoFocus required />
        <Input label="Password" name="password" type="password" autoComplete="new-password" minLength={10} required hint="10 characters or more." />
        {error !== null && <Trouble error={error} />}
        <Button type="submit" look="primary" busy={busy}>
          Make the account
        </Button>
      </form>
    </Gate>
  );
}

export function Welcome() {
  const { token = "" } = useSearch({ strict: false }) as { token?: string };
  const { busy, error, submit } = useSigning(async (form) => {
    if (field(form, "password") !== field(form, "again")) throw new Problem(0, "The two passwords differ.", "Type the same one twice.");
    return data(api.POST("/api/v1/links/redeem", { body: { token, password: field(form, "password") } })) as Promise<Me>;
  });
  return (
    <Gate title="Set your password">
      <form className="stack" onSubmit={submit}>
        <Input label="Password" name="password" type="password" autoComplete="new-password" minLength={10} autoFocus required hint="10 characters or more." />
        <Input label="Once more" name="again" type="password" autoComplete="new-password" minLength={10} required />
        {error !== null && <Trouble error={error} />}
        <Button type="submit" look="primary" busy={busy}>
          Set it and sign in
        </Button>
      </form>
    </Gate>
  );
}
