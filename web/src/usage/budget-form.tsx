// A ceiling, set: for whom, for how long, how much.
import { useState, type FormEvent } from "react";
import { api, data } from "../api/client";
import { allAt, Button, Choice, Dialog, Input, Trouble, wrongAt } from "../kit";
import { PERIODS, type Limit } from "./budgets";
import { useKeys, usePeople, useProjects } from "./names";

interface Given {
  /** The one that is changed; null: a new one. */
  limit: Limit | null;
  onClose: () => void;
  onSet: () => void;
}

/** A number from 0 on; null for nothing; NaN for what is none. */
export function ceiling(text: string): number | null {
  const plain = text.trim().replace(/^\$/, "").replace(/[ _,](?=\d{3}(\D|$))/g, "");
  if (!plain) return null;
  return /^\d+(\.\d+)?$/.test(plain) ? Number(plain) : NaN;
}

export function BudgetForm({ limit, onClose, onSet }: Given) {
  const [scope, setScope] = useState<Limit["scope"]>(limit?.scope ?? "project");
  const [of, setOf] = useState(limit?.scope_id ?? "");
  const [period, setPeriod] = useState<Limit["period"]>(limit?.period ?? "month");
  const [usd, setUsd] = useState(limit?.usd?.toString() ?? "");
  const [tokens, setTokens] = useState(limit?.tokens?.toString() ?? "");
  const [wrong, setWrong] = useState<Partial<Record<"of" | "usd" | "tokens", string>>>({});
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const [dollars, many] = [ceiling(usd), ceiling(tokens)];
    const found = {
      ...(scope !== "server" && !of && { of: "Choose whom it holds for." }),
      ...(Number.isNaN(dollars) && { usd: "Write a number, such as 50 or 12.50." }),
      ...(dollars === null && many === null && { usd: "Give dollars, tokens, or both." }),
      ...((Number.isNaN(many) || (many !== null && !Number.isInteger(many))) && { tokens: "Write a whole number, such as 2,000,000." }),
    };
    setWrong(found);
    setError(null);
    if (Object.keys(found).length) return;
    setBusy(true);
    try {
      await data(api.PUT("/api/v1/budgets", { body: { scope, scope_id: scope === "server" ? "" : of, period, usd: dollars, tokens: many } }));
      onSet();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={limit ? "Change the ceiling" : "Set a ceiling"}>
      <form className="stack" onSubmit={submit} noValidate>
        {!limit && (
          <Choice label="It holds for" value={scope} onChange={(event) => (setScope(event.target.value as Limit["scope"]), setOf(""))}>
            <option value="project">A project</option>
            <option value="user">A person</option>
            <option value="key">An API key</option>
            <option value="server">The whole server</option>
          </Choice>
        )}
        {!limit && scope !== "server" && <Whom scope={scope} value={of} onChange={setOf} wrong={wrong.of} />}
        {!limit && (
          <Choice label="Counted" value={period} onChange={(event) => setPeriod(event.target.value as Limit["period"])}>
            {Object.entries(PERIODS).map(([value, words]) => (
              <option key={value} value={value}>
                {words}
              </option>
            ))}
          </Choice>
        )}
        <Input label="Dollars" inputMode="decimal" value={usd} onChange={(event) => setUsd(event.target.value)} wrong={wrong.usd ?? wrongAt(error, "usd")} hint="Empty: no ceiling in money. Calls of unknown price do not count here." />
        <Input label="Tokens" inputMode="numeric" value={tokens} onChange={(event) => setTokens(event.target.value)} wrong={wrong.tokens ?? wrongAt(error, "tokens")} hint="Empty: no ceiling in tokens. Input and output count together." />
        {error !== null && !allAt(error, ["usd", "tokens"]) && <Trouble error={error} />}
        <div className="row actions">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={busy}>
            {limit ? "Change it" : "Set it"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Whom({ scope, value, onChange, wrong }: { scope: Exclude<Limit["scope"], "server">; value: string; onChange: (id: string) => void; wrong?: string }) {
  const projects = useProjects();
  const people = usePeople();
  const keys = useKeys(true);
  const names = new Map(people.data?.map((one) => [one.id, one.name]));
  const options = {
    project: projects.data?.map((one) => [one.id, one.name]),
    user: people.data?.filter((one) => !one.disabled).map((one) => [one.id, one.name]),
    key: keys.data?.filter((one) => !one.revoked).map((one) => [one.id, `${one.name} (${names.get(one.user_id) ?? one.user_id}, ${one.shown}…)`]),
  }[scope];
  return (
    <Choice label={{ project: "Project", user: "Person", key: "Key" }[scope]} value={value} onChange={(event) => onChange(event.target.value)} wrong={wrong}>
      <option value="">{options ? "Choose…" : "Loading…"}</option>
      {options?.map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Choice>
  );
}
