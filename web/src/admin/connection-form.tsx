// A connection, changed: what is left empty of its credential stays as it is.
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { Area, Button, Check, Choice, Dialog, Input, Trouble, wrongAt } from "../kit";
import { signInOf, type Connection } from "./connections";

type SignIn = Connection["settings"]["sign_in"];

export function ConnectionForm({ connection, onClose, onDone }: { connection: Connection; onClose: () => void; onDone: (made: Schemas["ConnectionView"]) => void }) {
  const [signIn, setSignIn] = useState<SignIn>(signInOf(connection));
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const said = (name: string) => String(form.get(name) ?? "").trim();
    const settings = { ...connection.settings, sign_in: signIn, app_id: said("app_id"), installation: Number(said("installation")) || 0, bot: said("bot"), git_url: said("git_url"), allow_private: form.get("private") === "on" };
    const body = { name: said("name"), base_url: said("base_url"), settings, credential: said("credential") || null, new_webhook_secret: form.get("renew") === "on" };
    setBusy(true);
    setError(null);
    try {
      onDone(await data(api.PATCH("/api/v1/connections/{connection}", { params: { path: { connection: connection.id } }, body })));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const { settings } = connection;
  return (
    <Dialog open onClose={onClose} title={`Edit ${connection.name}`}>
      <form className="stack" onSubmit={submit}>
        <Input label="Name" name="name" defaultValue={connection.name} required maxLength={100} wrong={wrongAt(error, "name")} />
        <Input label="API address" name="base_url" defaultValue={connection.base_url} placeholder="The forge’s own" wrong={wrongAt(error, "base_url")} />
        <Choice label="Signs in" value={signIn} onChange={(event) => setSignIn(event.target.value as SignIn)}>
          <option value="token">With a token</option>
          {connection.forge === "github" && <option value="app">As a GitHub App</option>}
          <option value="none">Not at all</option>
        </Choice>
        {signIn === "app" && (
          <div className="pair">
            <Input label="App id" name="app_id" defaultValue={settings.app_id} required wrong={wrongAt(error, "settings.app_id")} />
            <Input label="Installation" name="installation" inputMode="numeric" defaultValue={settings.installation || ""} hint="Empty: found by itself." />
          </div>
        )}
        {signIn !== "none" && (
          <Area
            label={signIn === "app" ? "Private key (PEM)" : "Token"}
            name="credential"
            rows={signIn === "app" ? 4 : 2}
            autoComplete="off"
            spellCheck={false}
            placeholder={connection.has_credential ? "Set. Leave it empty to keep it." : "Not set"}
            hint="It is sealed, and never shown again."
          />
        )}
        <details>
          <summary>More</summary>
          <div className="stack">
            <Input label="Bot’s login" name="bot" defaultValue={settings.bot} hint="Whose comments are its own." />
            <Input label="Git address" name="git_url" defaultValue={settings.git_url} hint="Where git goes to, if not where the API is." />
            <Check label="May be on a private network" name="private" defaultChecked={settings.allow_private} />
            <Check label="Renew the webhook’s secret (the one now holds no longer)" name="renew" />
          </div>
        </details>
        {error !== null && <Trouble error={error} />}
        <div className="row actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
