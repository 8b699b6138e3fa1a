// A new key: what it may, where, for how long, and how much.
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { api, data, type Schemas } from "../api/client";
import { Button, Check, Choice, Dialog, Input, Trouble } from "../kit";
import { useProjects } from "../usage/names";

type Scope = Schemas["KeyOrder"]["scopes"][number];

const SCOPES: Record<Scope, string> = {
  read: "See projects, tasks and their results",
  models: "Call models through the API",
  dispatch: "Ask for tasks, and steer them",
  review: "Comment, send back, approve and merge",
  admin: "Set up what its owner may set up",
};
const LASTS: Record<string, string> = { "30": "30 days", "90": "90 days", "365": "A year", "": "For ever" };

export function KeyForm({ onClose, onMade }: { onClose: () => void; onMade: (key: Schemas["NewKey"]) => void }) {
  const projects = useProjects();
  const server = useQuery({ queryKey: ["server"], queryFn: () => data(api.GET("/api/v1/server")), staleTime: 60_000 });
  const [name, setName] = useState("");
  const [scopes, setScopes] = useState<ReadonlySet<Scope>>(new Set(["models"]));
  const [project, setProject] = useState("");
  const [days, setDays] = useState("90");
  const [models, setModels] = useState<ReadonlySet<string>>(new Set());
  const [requests, setRequests] = useState("");
  const [tokens, setTokens] = useState("");
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const wrong = {
    name: name.trim() ? undefined : "Give it a name, such as what will use it.",
    scopes: scopes.size ? undefined : "Choose what it may do.",
    requests: minute(requests) === undefined ? "Write a whole number from 1 on." : undefined,
    tokens: minute(tokens) === undefined ? "Write a whole number from 1 on." : undefined,
  };
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.values(wrong).some(Boolean)) return;
    setBusy(true);
    setError(null);
    const limits = { requests_minute: minute(requests) ?? null, tokens_minute: minute(tokens) ?? null };
    const order = { name: name.trim(), scopes: [...scopes], project, user: "", days: days ? Number(days) : null, models: models.size ? [...models] : null, ...limits };
    try {
      onMade(await data(api.POST("/api/v1/keys", { body: order })));
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title="Make a key" about="Its token is shown once, when it is made.">
      <form className="stack" onSubmit={submit} noValidate>
        <Input label="Name" value={name} onChange={(event) => setName(event.target.value)} maxLength={100} autoFocus dir="auto" wrong={tried ? wrong.name : undefined} />
        <fieldset className="choices" aria-describedby="scopes-wrong">
          <legend>It may</legend>
          {(Object.keys(SCOPES) as Scope[]).map((scope) => (
            <Check key={scope} checked={scopes.has(scope)} onChange={() => setScopes(toggled(scopes, scope))} label={<><code>{scope}</code> <span className="soft">{SCOPES[scope]}</span></>} />
          ))}
          <span id="scopes-wrong" className="wrong-line" role="alert">
            {tried && wrong.scopes}
          </span>
        </fieldset>
        <div className="pair">
          <Choice label="Project" value={project} onChange={(event) => setProject(event.target.value)} hint="Bound to one, it sees nothing else.">
            <option value="">All that you see</option>
            {projects.data?.filter((one) => !one.archived).map((one) => (
              <option key={one.id} value={one.id}>
                {one.name}
              </option>
            ))}
          </Choice>
          <Choice label="It works for" value={days} onChange={(event) => setDays(event.target.value)}>
            {Object.entries(LASTS).sort(([a], [b]) => (Number(a) || Infinity) - (Number(b) || Infinity)).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Choice>
        </div>
        <fieldset className="choices across">
          <legend>Models (none chosen: all)</legend>
          {[...(server.data?.models ?? ["deep", "fast"]), "agent"].map((model) => (
            <Check key={model} checked={models.has(model)} onChange={() => setModels(toggled(models, model))} label={<code>{model}</code>} />
          ))}
        </fieldset>
        <div className="pair">
          <Input label="Requests a minute" inputMode="numeric" value={requests} onChange={(event) => setRequests(event.target.value)} hint="Empty: no limit of its own." wrong={tried ? wrong.requests : undefined} />
          <Input label="Tokens a minute" inputMode="numeric" value={tokens} onChange={(event) => setTokens(event.target.value)} hint="Empty: no limit of its own." wrong={tried ? wrong.tokens : undefined} />
        </div>
        {error !== null && <Trouble error={error} />}
        <div className="row actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A limit a minute: null for none, undefined for what is no such number. */
export function minute(text: string): number | null | undefined {
  const plain = text.replace(/[ ,_]/g, "");
  if (!plain) return null;
  const number = Number(plain);
  return /^\d+$/.test(plain) && number >= 1 && number < 2 ** 31 ? number : undefined;
}

export function toggled<T>(set: ReadonlySet<T>, one: T): ReadonlySet<T> {
  const next = new Set(set);
  if (!next.delete(one)) next.add(one);
  return next;
}
