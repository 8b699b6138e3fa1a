// The ceilings that hold for oneself in a project, and what is left of them. They are set under Usage.
import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "../api/client";
import { Bones, count, money, Trouble } from "../kit";
import { asks, type Project } from "./asks";

const SCOPES: Record<string, string> = { project: "This project", user: "You", key: "Your key", server: "The whole server" };
const PERIODS: Record<string, string> = { day: "each day", month: "each month", total: "in total" };

export function Budgets({ project }: { project: Project }) {
  const budgets = useQuery(asks.budgets(project.name));
  return (
    <section className="card stack" aria-labelledby="budgets-title">
      <h2 id="budgets-title">Budgets that hold here</h2>
      {budgets.isPending ? (
        <Bones lines={2} />
      ) : budgets.error ? (
        <Trouble error={budgets.error} retry={() => void budgets.refetch()} />
      ) : !budgets.data.length ? (
        <p className="soft">None: what a task may use is up to its own budget.</p>
      ) : (
        <ul className="stack">
          {budgets.data.map((one) => (
            <Left key={`${one.limit.scope} ${one.limit.scope_id} ${one.limit.period}`} left={one} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Left({ left }: { left: Schemas["BudgetLeft"] }) {
  const { usd, tokens, scope, period } = left.limit;
  const name = `${SCOPES[scope] ?? scope}, ${PERIODS[period] ?? period}`;
  return (
    <li className="stack budget">
      <strong>{name}</strong>
      {usd !== null && <Meter name={`${name}, money`} used={left.used_usd} of={usd} words={`${money(left.used_usd, left.unpriced)} of ${money(usd)}`} />}
      {tokens !== null && <Meter name={`${name}, tokens`} used={left.used_tokens} of={tokens} words={`${count(left.used_tokens)} of ${count(tokens)} tokens`} />}
    </li>
  );
}

function Meter({ name, used, of, words }: { name: string; used: number; of: number; words: string }) {
  const part = of > 0 ? Math.min(1, used / of) : 1;
  return (
    <div className="stack meter">
      <div className={part >= 1 ? "meter-bar bad" : part >= 0.8 ? "meter-bar warn" : "meter-bar"} role="meter" aria-label={name} aria-valuenow={Math.round(part * 100)} aria-valuemin={0} aria-valuemax={100}>
        <span style={{ width: `${part * 100}%` }} />
      </div>
      <span className="faint">{words}</span>
    </div>
  );
}
