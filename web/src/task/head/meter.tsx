// What the task costs so far, against what it may.
import { count, duration, money } from "../../kit";
import type { Task } from "../task";

interface Measure {
  readonly name: string;
  readonly spent: number;
  readonly limit: number;
  readonly words: string;
}

function measures(task: Task): Measure[] {
  const { budget } = task;
  const most = (pick: (spend: Task["attempts"][number]["spend"]) => number) => Math.max(0, ...task.attempts.map((attempt) => pick(attempt.spend)));
  const found: Measure[] = [];
  const add = (name: string, spent: number, limit: number | null | undefined, words: (n: number) => string) => {
    if (limit !== null && limit !== undefined && limit > 0) found.push({ name, spent, limit, words: `${words(spent)} of ${words(limit)}` });
  };
  add("Money", most((spend) => spend.cost_usd ?? 0), budget.usd, (n) => money(n));
  add("Tokens", most((spend) => (spend.usage?.input ?? 0) + (spend.usage?.output ?? 0)), budget.tokens, (n) => `${count(n)} tokens`);
  add("Steps", most((spend) => spend.steps ?? 0), budget.steps, (n) => `${n} steps`);
  add("Time", most((spend) => spend.seconds ?? 0), budget.seconds, duration);
  return found.sort((a, b) => b.spent / b.limit - a.spent / a.limit);
}

/** The ceiling that is nearest, as a bar; without one the cost alone. */
export function Meter({ task, cost, unpriced }: { task: Task; cost: number; unpriced: number }) {
  const [nearest] = measures(task).filter((one) => one.name !== "Steps" || one.spent / one.limit > 0.5);
  const words = money(cost || (unpriced ? null : 0), unpriced && cost ? unpriced : 0);
  const part = nearest ? Math.min(1, nearest.spent / nearest.limit) : 0;
  const level = part >= 1 ? "bad" : part >= (task.budget.soft ?? 0.8) ? "warn" : "";
  return (
    <span className="meter" title={unpriced ? `${unpriced} calls of unknown price` : undefined}>
      <span>{words === "unknown" ? "price unknown" : words}</span>
      {nearest && (
        <span className={`bar ${level}`} role="meter" aria-label={`${nearest.name} used`} aria-valuemin={0} aria-valuemax={100} aria-valuenow={Math.round(part * 100)} aria-valuetext={nearest.words} title={nearest.words}>
          <span style={{ inlineSize: `${part * 100}%` }} />
        </span>
      )}
    </span>
  );
}
