// What a sandbox may reach: nothing, the package registries, or a list.
import { Plus } from "lucide-react";
import { useState } from "react";
import { Button, Check } from "../../kit";
import { useMe } from "../../session/me";
import { Ports } from "../words";
import type { Part } from "./form";
import { RuleRow } from "./rule";
import { get, put, reachOf, reached, type Policy, type Reach } from "./spec";
import { wrongAt } from "./wrongs";

const KINDS: readonly [Reach, string, string][] = [
  ["off", "Off", "Nothing outside of the sandbox can be reached."],
  ["registries", "Package registries", "What pip, npm, cargo and apt of the server's machine are configured for, company mirrors too."],
  ["list", "A list", "The hosts that you name, and nothing else."],
];

interface Props extends Part {
  field: "network" | "setup_network";
  title: string;
  about: string;
}

export function Network({ spec, change, wrongs, disabled, field, title, about }: Props) {
  const me = useMe();
  const policy = get(spec, field);
  const [listing, setListing] = useState(false);
  const [before, setBefore] = useState<Policy>({});
  const reach = listing ? "list" : reachOf(policy);
  const put_ = (now: Policy) => change(field, now);
  const choose = (now: Reach) => {
    if (reach === "list" && now !== "list") setBefore(policy);
    setListing(now === "list");
    put_(now === "list" ? reached(policy, "list", reach === "list" ? policy : { ...before, presets: before.presets ?? policy.presets }) : reached(policy, now, before));
  };
  const rules = policy.rules ?? [];
  const others = (policy.presets ?? []).filter((one) => one !== "registries");
  const setRules = (now: typeof rules) => put_(put(policy, "rules", now, []));
  return (
    <fieldset className="stack reach" disabled={disabled}>
      <legend>{title}</legend>
      <p className="hint">{about}</p>
      <div className="reach-kinds" role="radiogroup" aria-label={title}>
        {KINDS.map(([kind, name, words]) => (
          <label key={kind} className="reach-kind">
            <input type="radio" name={field} checked={reach === kind} onChange={() => choose(kind)} />
            <span>
              <strong>{name}</strong>
              <span className="hint">{words}</span>
            </span>
          </label>
        ))}
      </div>
      {reach === "list" && (
        <div className="stack reach-list">
          <Check
            label="The package registries too"
            checked={policy.presets?.includes("registries") ?? false}
            onChange={(event) => put_(put(policy, "presets", event.target.checked ? [...others, "registries"] : others, []))}
          />
          {rules.map((rule, index) => (
            <RuleRow key={index} rule={rule} at={`$.${field}.rules[${index}]`} wrongs={wrongs} admin={me.is_admin} onChange={(now) => setRules(rules.map((one, at) => (at === index ? now : one)))} onRemove={() => setRules(rules.filter((_, at) => at !== index))} />
          ))}
          <div>
            <Button small onClick={() => setRules([...rules, { host: "" } as never])}>
              <Plus size={14} aria-hidden /> Add a host
            </Button>
          </div>
          <Ports
            label="Ports of the server's own machine"
            value={policy.host_ports ?? []}
            onChange={(now) => put_(put(policy, "host_ports", now, []))}
            disabled={!me.is_admin}
            wrong={wrongAt(wrongs, `$.${field}.host_ports`)}
            placeholder="5432"
            hint={me.is_admin ? "Services on its loopback, such as a database: let in under the same number." : "Only administrators of the server set these: they reach its own machine."}
          />
        </div>
      )}
    </fieldset>
  );
}
