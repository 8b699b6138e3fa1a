// One host that may be reached, and how closely it is looked at.
import { Trash2 } from "lucide-react";
import { Button, Check, Choice, Input } from "../../kit";
import { Ports, Words } from "../words";
import { PORTS, put, type Rule } from "./spec";
import { wrongAt, type Wrongs } from "./wrongs";

interface Props {
  rule: Partial<Rule>;
  at: string;
  wrongs: Wrongs;
  admin: boolean;
  onChange: (rule: never) => void;
  onRemove: () => void;
}

export function RuleRow({ rule, at, wrongs, admin, onChange, onRemove }: Props) {
  const set = (field: keyof Rule, value: unknown, without: unknown) => onChange(put(rule, field, value, without) as never);
  const wrong = (field: string) => wrongAt(wrongs, `${at}.${field}`);
  const kind = rule.kind ?? "tunnel";
  const headers = rule.headers?.length ?? 0;
  return (
    <div className="rule" role="group" aria-label={`Rule for ${rule.host || "a new host"}`}>
      <div className="rule-first">
        <Input label="Host" value={rule.host ?? ""} onChange={(event) => set("host", event.target.value.trim(), null)} placeholder="api.example.com or *.example.com" spellCheck={false} className="input mono" wrong={wrong("host")} />
        <Choice label="How" value={kind} onChange={(event) => set("kind", event.target.value, "tunnel")} wrong={wrong("kind")}>
          <option value="tunnel">Tunnel</option>
          <option value="intercept">Intercept</option>
        </Choice>
        <Ports label="Ports" value={rule.ports ?? PORTS} onChange={(ports) => set("ports", ports, PORTS)} wrong={wrong("ports")} />
        <Button look="quiet" label={`Remove ${rule.host || "this rule"}`} onClick={onRemove}>
          <Trash2 size={16} />
        </Button>
      </div>
      <p className="hint">{kind === "tunnel" ? "Only host and port are checked: what is said inside TLS stays closed." : "TLS is opened with a certificate of this sandbox alone, so that methods and paths are checked, and secrets can be added."}</p>
      {kind === "intercept" && (
        <div className="pair">
          <Words label="Methods" value={rule.methods ?? []} onChange={(now) => set("methods", now.map((one) => one.toUpperCase()), [])} placeholder="all" wrong={wrong("methods")} />
          <Words label="Paths that begin with" value={rule.paths ?? []} onChange={(now) => set("paths", now, [])} placeholder="all" wrong={wrong("paths")} />
        </div>
      )}
      {headers > 0 && <p className="hint">Adds {headers} header{headers > 1 ? "s" : ""}: see the JSON below. A secret is better kept as one.</p>}
      <Check label={`May lie at a private address${admin ? "" : " (administrators of the server set this)"}`} checked={rule.allow_private ?? false} disabled={!admin} onChange={(event) => set("allow_private", event.target.checked, false)} />
    </div>
  );
}
