// API keys: one's own, and everybody's for administrators.
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Check, Confirm, count, Empty, say, Trouble, When } from "../kit";
import { useKeys, usePeople, useProjects } from "../usage/names";
import { KeyForm } from "./key-form";
import { NewToken } from "./new-token";

type KeyView = Schemas["KeyView"];

export const OwnKeys = () => <Keys everybodys={false} />;
export const AllKeys = () => <Keys everybodys />;

/** Whether a key still lets anybody in. */
export function stands({ revoked, expires }: Pick<KeyView, "revoked" | "expires">, now: number): "good" | "revoked" | "expired" {
  return revoked !== null ? "revoked" : expires !== null && expires <= now ? "expired" : "good";
}

function Keys({ everybodys }: { everybodys: boolean }) {
  const client = useQueryClient();
  const keys = useKeys(everybodys);
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<Schemas["NewKey"] | null>(null);
  const [ending, setEnding] = useState<KeyView | null>(null);
  const [old, setOld] = useState(false);
  const now = Date.now() / 1000;
  const fresh = () => client.invalidateQueries({ queryKey: ["keys"] });
  const shown = keys.data?.filter((key) => old || stands(key, now) === "good");
  const hidden = (keys.data?.length ?? 0) - (shown?.length ?? 0);
  return (
    <>
      <div className="row wrap spread">
        <p className="soft grow">
          {everybodys ? "What programs sign in with, whosoever they are." : "What your programs sign in with: they may do what you may, within the key’s scopes."}
        </p>
        {!everybodys && (
          <Button look="primary" onClick={() => setMaking(true)}>
            Make a key
          </Button>
        )}
      </div>
      {keys.error ? (
        <Trouble error={keys.error} retry={() => void keys.refetch()} />
      ) : !shown ? (
        <Bones lines={5} />
      ) : !shown.length ? (
        <Empty icon={<KeyRound size={32} aria-hidden />} title={hidden ? "No key that still works" : "No keys yet"}>
          {!everybodys && "With a key, any client of the Responses API, the command line or a CI job can use this server."}
        </Empty>
      ) : (
        <List keys={shown} everybodys={everybodys} now={now} onEnd={setEnding} />
      )}
      {(hidden > 0 || old) && <Check label="Also show those that work no more" checked={old} onChange={(event) => setOld(event.target.checked)} />}
      {making && <KeyForm onClose={() => setMaking(false)} onMade={(key) => (setMaking(false), setMade(key), void fresh())} />}
      {made && <NewToken made={made} onClose={() => setMade(null)} />}
      {ending && (
        <Confirm
          title={`Revoke the key ${ending.name}?`}
          about="Whatever signs in with it is refused from now on. This cannot be undone."
          action="Revoke it"
          onClose={() => setEnding(null)}
          run={() => data(api.DELETE("/api/v1/keys/{key}", { params: { path: { key: ending.id } } })).then(() => (say("The key is revoked", "good"), fresh()))}
        />
      )}
    </>
  );
}

function List({ keys, everybodys, now, onEnd }: { keys: KeyView[]; everybodys: boolean; now: number; onEnd: (key: KeyView) => void }) {
  const people = usePeople();
  const projects = useProjects();
  const who = new Map(people.data?.map((one) => [one.id, one.name]));
  const where = new Map(projects.data?.map((one) => [one.id, one.name]));
  return (
    <ul className="lines">
      {keys.map((key) => {
        const state = stands(key, now);
        const limits = [
          key.models && `models ${key.models.join(", ")}`,
          key.requests_minute && `${count(key.requests_minute)} requests a minute`,
          key.tokens_minute && `${count(key.tokens_minute)} tokens a minute`,
          key.project_id && `only ${where.get(key.project_id) ?? key.project_id}`,
        ].filter(Boolean);
        return (
          <li key={key.id} className="line">
            <div className="stack tight grow">
              <div className="row wrap">
                <strong className="breaks" dir="auto">
                  {key.name}
                </strong>
                <code className="faint">{key.shown}…</code>
                {everybodys && <span dir="auto">of {who.get(key.user_id) ?? key.user_id}</span>}
                {state !== "good" && <Badge tone={state === "revoked" ? "bad" : "warn"}>{state === "revoked" ? "Revoked" : "Expired"}</Badge>}
              </div>
              <div className="row wrap">
                {key.scopes.map((scope) => (
                  <Badge key={scope}>{scope}</Badge>
                ))}
                {limits.length > 0 && <span className="soft breaks">{limits.join(" · ")}</span>}
              </div>
              <div className="faint">
                made <When at={key.created} /> · {key.used ? <>used <When at={key.used} /></> : "never used"}
                {key.expires !== null && state === "good" && <> · until {new Date(key.expires * 1000).toLocaleDateString()}</>}
              </div>
            </div>
            <div className="row">
              <Link to="/usage" search={{ key: key.id }} className="btn quiet small">
                Usage
              </Link>
              {state !== "revoked" && (
                <Button small look="danger" onClick={() => onEnd(key)} aria-label={`Revoke ${key.name}`}>
                  Revoke
                </Button>
              )}
            </div>
          </li>
        );
      })}
    </ul>
  );
}
