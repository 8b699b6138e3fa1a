// Another credential in place of a connection's old one.
import { useState, type FormEvent } from "react";
import { api, data } from "../../api/client";
import { Area, Button, Dialog, Input, Trouble } from "../../kit";
import { useDo, type Connection } from "../asks";

export function NewCredential({ connection, onClose }: { connection: Connection; onClose: () => void }) {
  const [credential, setCredential] = useState("");
  const app = connection.settings.sign_in === "app";
  const replace = useDo(
    () => data(api.PATCH("/api/v1/connections/{connection}", { params: { path: { connection: connection.id } }, body: { credential: credential.trim() } as never })),
    { changes: ["connections"], done: "The new credential is kept; the old one is forgotten." },
  );
  const submit = (event: FormEvent) => {
    event.preventDefault();
    replace.mutate(undefined, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={`Replace the credential of ${connection.name}`} about="The old one is forgotten. The new one is sealed, and never shown again.">
      <form className="stack" onSubmit={submit}>
        {app ? (
          <Area label="Private key" value={credential} onChange={(event) => setCredential(event.target.value)} required rows={6} className="input mono" spellCheck={false} />
        ) : (
          <Input label={connection.forge === "git" ? "Password or token" : "Token"} type="password" value={credential} onChange={(event) => setCredential(event.target.value)} required autoComplete="off" />
        )}
        {replace.error && <Trouble error={replace.error} />}
        <div className="row">
          <Button look="primary" type="submit" busy={replace.isPending}>
            Replace it
          </Button>
          <Button onClick={onClose}>Cancel</Button>
        </div>
      </form>
    </Dialog>
  );
}
