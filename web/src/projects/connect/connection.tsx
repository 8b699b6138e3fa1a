// A new connection: how Pullwright signs in at a forge.
import { useState, type FormEvent } from "react";
import { api, data, Problem } from "../../api/client";
import { Area, Button, Check, Choice, Input, Trouble } from "../../kit";
import { useDo, type Connection } from "../asks";
import { FORGES, type Forge } from "../forge";
import { Back } from "./back";

type SignInKind = "app" | "token";

/** What a token must be allowed to do, in the forge's own words. */
const RIGHTS: Record<Exclude<Forge, "git">, string> = {
  github: "A fine-grained token with Contents, Pull requests, Issues and Commit statuses: write; Metadata and Actions: read.",
  gitlab: "A project, group or personal access token with the scope api and the role Developer.",
  gitea: "A token with write:repository, write:issue and read:user, of an account of its own.",
};
const BASES: Record<Exclude<Forge, "git">, string> = { github: "https://HOST/api/v3", gitlab: "https://HOST/api/v4", gitea: "https://HOST/api/v1" };

interface Props {
  forge: Exclude<Forge, "git">;
  taken: readonly string[];
  onMade: (connection: Connection) => void;
  onBack: () => void;
}

export function NewConnection({ forge, taken, onMade, onBack }: Props) {
  const [name, setName] = useState(() => free(forge, taken));
  const [by, setBy] = useState<SignInKind>(forge === "github" ? "app" : "token");
  const [own, setOwn] = useState(forge === "gitea");
  const [base, setBase] = useState("");
  const [credential, setCredential] = useState("");
  const [app, setApp] = useState("");
  const [bot, setBot] = useState("");
  const make = useDo(
    () => {
      const settings = { sign_in: by, ...(by === "app" && { app_id: app.trim() }), ...(bot.trim() && { bot: bot.trim() }) };
      const body = { name: name.trim(), forge, base_url: own ? base.trim() : "", credential: credential.trim(), settings };
      return data(api.POST("/api/v1/connections", { body: body as never }));
    },
    { changes: ["connections"] },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    make.mutate(undefined, { onSuccess: onMade });
  };
  const wrong = make.error instanceof Problem ? make.error : null;
  return (
    <form className="stack" onSubmit={submit}>
      <Input label="Name of the connection" value={name} onChange={(event) => setName(event.target.value)} required hint="How projects refer to it here." maxLength={100} />
      {forge === "github" && (
        <Choice label="Sign in" value={by} onChange={(event) => setBy(event.target.value as SignInKind)} hint={by === "app" ? "Recommended: credentials live one hour, and checks have annotations." : "Its owner is who comments and opens pull requests: make an account for it."}>
          <option value="app">As a GitHub App</option>
          <option value="token">With a token</option>
        </Choice>
      )}
      {forge !== "gitea" && <Check label={`It is our own server, not ${forge === "github" ? "github.com" : "gitlab.com"}`} checked={own} onChange={(event) => setOwn(event.target.checked)} />}
      {own && <Input label="Address of its API" type="url" value={base} onChange={(event) => setBase(event.target.value)} required placeholder={BASES[forge]} spellCheck={false} />}
      {by === "app" ? (
        <>
          <Input label="App ID" value={app} onChange={(event) => setApp(event.target.value)} required inputMode="numeric" hint="In the App's settings at GitHub. It needs Contents, Pull requests, Issues and Checks: write; Actions and Metadata: read." />
          <Area label="Private key" value={credential} onChange={(event) => setCredential(event.target.value)} required rows={5} className="input mono" spellCheck={false} autoComplete="off" placeholder="-----BEGIN RSA PRIVATE KEY-----" hint="The .pem file's text. It is sealed, and never shown again." />
        </>
      ) : (
        <Input label="Token" type="password" value={credential} onChange={(event) => setCredential(event.target.value)} required autoComplete="off" hint={`${RIGHTS[forge]} It is sealed, and never shown again.`} />
      )}
      <Input
        label="Login of its account (may be left out)"
        value={bot}
        onChange={(event) => setBot(event.target.value)}
        spellCheck={false}
        placeholder={by === "app" ? "name-of-the-app[bot]" : ""}
        hint={`What this account does at ${FORGES[forge]} starts no tasks.`}
      />
      {make.error && <Trouble error={wrong ?? make.error} />}
      <div className="row">
        <Button look="primary" type="submit" busy={make.isPending}>
          Connect to {FORGES[forge]}
        </Button>
        <Back onBack={onBack} />
      </div>
    </form>
  );
}

/** A name that no other connection has. */
export function free(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}
