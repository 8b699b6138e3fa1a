// A repository by its address, or by its folder on the server: looked at before anything is made of it.
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, Problem } from "../../api/client";
import { Button, Choice, Input, Trouble } from "../../kit";
import { asks } from "../asks";
import { Back } from "./back";
import { free } from "./connection";
import type { Found } from "./wizard";

const NONE = "";
const NEW = "new";

export function Address({ local, onFound, onBack }: { local: boolean; onFound: (found: Found) => void; onBack: () => void }) {
  const client = useQueryClient();
  const connections = useQuery({ ...asks.connections(), enabled: !local });
  const kept = connections.data?.filter((one) => one.forge === "git") ?? [];
  const [url, setUrl] = useState("");
  const [by, setBy] = useState(NONE);
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const look = useMutation({
    mutationFn: async (): Promise<Found> => {
      let connection = by;
      if (by === NEW) {
        const name = free("git", (connections.data ?? []).map((one) => one.name));
        const made = await data(api.POST("/api/v1/connections", { body: { name, forge: "git", credential: password, settings: { bot: user.trim() } } as never }));
        await client.invalidateQueries({ queryKey: ["connections"] });
        connection = made.id;
        setBy(made.id);
      }
      const found = await data(api.POST("/api/v1/repositories/look", { body: { url: url.trim(), connection } }));
      if (!found.branches.length) throw new Problem(422, "The repository has no commits yet.", "Push a first commit, then look again.");
      return { forge: "git", url: url.trim(), slug: "", connection, branch: found.default_branch || found.branches[0] || "main", branches: found.branches };
    },
    onSuccess: onFound,
  });
  const problem = look.error instanceof Problem ? look.error : null;
  const said = problem?.fields.find((one) => one.at === "$.url");
  const wrong = said && `${said.message}. ${problem?.fix ?? ""}`;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    look.mutate();
  };
  return (
    <form className="stack" onSubmit={submit}>
      {local ? (
        <Input
          label="Folder on the server's machine"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          required
          autoFocus
          spellCheck={false}
          className="input mono"
          placeholder="/srv/git/shop"
          pattern="(/|file:///).*"
          title="A whole path, from / on"
          wrong={wrong}
          hint="A whole path, from / on. The user that Pullwright runs as must be able to read it, and to write what is merged."
        />
      ) : (
        <>
          <Input label="Address" value={url} onChange={(event) => setUrl(event.target.value)} required autoFocus spellCheck={false} type="url" placeholder="https://git.example.org/shop.git" hint="What git clone would be given, over https and without a password in it." />
          <Choice label="Sign in" value={by} onChange={(event) => setBy(event.target.value)}>
            <option value={NONE}>Not needed: everybody may read and push</option>
            {kept.map((one) => (
              <option key={one.id} value={one.id}>
                As {one.name}
              </option>
            ))}
            <option value={NEW}>With a user name and password…</option>
          </Choice>
          {by === NEW && (
            <>
              <Input label="User name" value={user} onChange={(event) => setUser(event.target.value)} required autoComplete="off" />
              <Input label="Password or token" type="password" value={password} onChange={(event) => setPassword(event.target.value)} required autoComplete="off" hint="It is sealed, and never shown again." />
            </>
          )}
        </>
      )}
      {look.error && !(local && wrong) && <Trouble error={look.error} />}
      <div className="row">
        <Button look="primary" type="submit" busy={look.isPending}>
          {look.isPending ? "Looking…" : "Look there"}
        </Button>
        <Back onBack={onBack} />
      </div>
    </form>
  );
}
