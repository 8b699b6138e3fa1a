// Ceilings for the server, projects, people and keys, and what is left of each.
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { PiggyBank, Trash2 } from "lucide-react";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Badge, Bones, Button, Confirm, count, Empty, money, say, Trouble } from "../kit";
import { useMe } from "../session/me";
import { BudgetForm } from "./budget-form";
import { useNames } from "./names";

export type Left = Schemas["BudgetLeft"];
export type Limit = Schemas["BudgetLimit"];

export const PERIODS = { day: "each day", month: "each month", total: "in total" } as const;
const SCOPES = { server: "The whole server", project: "Project", user: "Person", key: "Key" } as const;

const same = (one: Limit) => `${one.scope} ${one.scope_id} ${one.period}`;

/** All of them for administrators; for others those that hold for them, in their projects. */
function useBudgets() {
  const me = useMe();
  return useQuery({
    queryKey: ["budgets", me.user],
    queryFn: async (): Promise<Left[]> => {
      if (me.is_admin) return data(api.GET("/api/v1/budgets"));
      const mine = Object.keys(me.roles).slice(0, 25);
      const found = await Promise.all(mine.map((project) => data(api.GET("/api/v1/budgets", { params: { query: { project } } }))));
      return [...new Map(found.flat().map((left) => [same(left.limit), left])).values()];
    },
  });
}

export function Budgets() {
  const me = useMe();
  const client = useQueryClient();
  const budgets = useBudgets();
  const names = useNames();
  const [edited, setEdited] = useState<Limit | "new" | null>(null);
  const [removed, setRemoved] = useState<Limit | null>(null);
  const named = (limit: Limit) => (limit.scope === "server" ? SCOPES.server : `${SCOPES[limit.scope]} ${names(limit.scope, limit.scope_id)}`);
  const fresh = () => client.invalidateQueries({ queryKey: ["budgets"] });
  return (
    <div className="stack">
      <div className="row wrap spread">
        <p className="soft grow">
          While a ceiling is used up nothing that it holds for is started, and what runs ends after its step with its work kept. Days and months are UTC’s.
        </p>
        {me.is_admin && (
          <Button look="primary" onClick={() => setEdited("new")}>
            Set a ceiling
          </Button>
        )}
      </div>
      {budgets.error ? (
        <Trouble error={budgets.error} retry={() => void budgets.refetch()} />
      ) : !budgets.data ? (
        <Bones lines={5} />
      ) : !budgets.data.length ? (
        <Empty icon={<PiggyBank size={32} aria-hidden />} title={me.is_admin ? "No ceilings yet" : "No ceiling holds for you"}>
          {me.is_admin ? "Nothing but each task’s own budget limits what may be used." : "Only each task’s own budget limits what you use."}
        </Empty>
      ) : (
        <ul className="budgets">
          {budgets.data.map((left) => (
            <li key={same(left.limit)} className="card stack budget">
              <div className="row spread">
                <h3 className="grow" dir="auto">
                  {named(left.limit)} <span className="faint">{PERIODS[left.limit.period]}</span>
                </h3>
                {me.is_admin && (
                  <>
                    <Button small onClick={() => setEdited(left.limit)} aria-label={`Change the ceiling: ${named(left.limit)}, ${PERIODS[left.limit.period]}`}>
                      Change
                    </Button>
                    <Button small look="quiet" label="Remove" onClick={() => setRemoved(left.limit)}>
                      <Trash2 size={15} />
                    </Button>
                  </>
                )}
              </div>
              <Bars left={left} what={named(left.limit)} />
            </li>
          ))}
        </ul>
      )}
      {edited && <BudgetForm limit={edited === "new" ? null : edited} onClose={() => setEdited(null)} onSet={() => (say("The ceiling holds from now on", "good"), fresh())} />}
      {removed && (
        <Confirm
          title="Remove this ceiling?"
          about={`${named(removed)}, ${PERIODS[removed.period]}: nothing of this kind limits it any more.`}
          action="Remove it"
          onClose={() => setRemoved(null)}
          run={() => data(api.PUT("/api/v1/budgets", { body: { ...removed, usd: null, tokens: null } })).then(fresh)}
        />
      )}
    </div>
  );
}

function Bars({ left, what }: { left: Left; what: string }) {
  const { usd, tokens } = left.limit;
  const ends = left.ends ? `begins anew on ${new Date(left.ends * 1000).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" })}` : "does not begin anew";
  return (
    <>
      {usd !== null && <Bar used={left.used_usd} most={usd} write={(value) => money(value)} what={`${what}, money`} />}
      {tokens !== null && <Bar used={left.used_tokens} most={tokens} write={count} unit=" tokens" what={`${what}, tokens`} />}
      <p className="faint">
        It {ends}.{usd !== null && left.unpriced > 0 && ` ${count(left.unpriced)} calls of unknown price are not in the money${tokens === null ? ", and no ceiling in tokens holds them" : ""}.`}
      </p>
    </>
  );
}

function Bar({ used, most, write, unit = "", what }: { used: number; most: number; write: (value: number) => string; unit?: string; what: string }) {
  const part = most > 0 ? used / most : 1;
  const look = part >= 1 ? "bad" : part >= 0.8 ? "warn" : "good";
  return (
    <div className="stack bar">
      <div className="row wrap spread">
        <span>
          <strong>{write(Math.max(0, most - used))}</strong> left of {write(most)}
          {unit}
        </span>
        {part >= 1 ? <Badge tone="bad">Used up</Badge> : <span className="faint">{write(used)} used</span>}
      </div>
      <meter className={`meter ${look}`} min={0} max={1} value={Math.min(part, 1)} aria-label={what}>
        {Math.round(part * 100)} %
      </meter>
    </div>
  );
}
