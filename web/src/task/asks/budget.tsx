// New ceilings for a task that came near them, or was stopped by them.
import { Wallet } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Button, Input } from "../../kit";
import { useGive } from "../inputs";
import type { Attempt, Task } from "../task";
import type { Of } from "../timeline/event";
import type { PermissionRow } from "../timeline/row";
import { budgetWords } from "../timeline/said";

interface RaiseProps {
  task: Task;
  attempt: Attempt;
  reached: Of<"budget_reached"> | null;
  /** The agent waits for this answer. */
  question?: PermissionRow;
  may: boolean;
  onDone?: () => void;
}

const FIELDS = [
  { name: "usd", label: "Dollars" },
  { name: "tokens", label: "Tokens" },
  { name: "steps", label: "Steps" },
  { name: "seconds", label: "Minutes" },
] as const;

type Name = (typeof FIELDS)[number]["name"];

function first(task: Task, reached: RaiseProps["reached"]): Record<Name, string> {
  const shown = (name: Name): string => {
    const limit = task.budget[name];
    if (limit === null || limit === undefined) return "";
    const scaled = name === "seconds" ? limit / 60 : limit;
    const raised = reached?.ceiling === name ? scaled * 2 : scaled;
    return String(Math.round(raised * 100) / 100);
  };
  return { usd: shown("usd"), tokens: shown("tokens"), steps: shown("steps"), seconds: shown("seconds") };
}

export function RaiseBudget({ task, attempt, reached, question, may, onDone }: RaiseProps) {
  const [fields, setFields] = useState(() => first(task, reached));
  const give = useGive(attempt.id);
  const done = give.isPending || give.isSuccess;
  const number = (name: Name) => (fields[name].trim() ? Number(fields[name]) * (name === "seconds" ? 60 : 1) : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const budget = { ...task.budget, usd: number("usd"), tokens: number("tokens"), steps: number("steps"), seconds: number("seconds") };
    give.mutate({ type: "raise_budget", budget }, { onSuccess: () => onDone?.() });
  };
  const answer = (verdict: "once" | "no") => give.mutate({ type: "answer", question: question?.asked.id ?? "", verdict });
  return (
    <form className="ask stack" onSubmit={submit}>
      <p className="row top">
        <Wallet size={17} className="ask-icon" aria-hidden />
        <strong dir="auto">{question?.asked.title ?? (reached ? budgetWords(reached) : attempt.outcome?.why ?? "The ceilings of this task")}</strong>
      </p>
      {may && (
        <>
          <div className="budget-fields">
            {FIELDS.map(({ name, label }) => (
              <Input
                key={name}
                label={label}
                type="number"
                min="0"
                step="any"
                inputMode="decimal"
                placeholder="no ceiling"
                value={fields[name]}
                disabled={done}
                onChange={(event) => setFields({ ...fields, [name]: event.target.value })}
              />
            ))}
          </div>
          <div className="row wrap">
            <Button type="submit" look="primary" busy={done}>
              {attempt.state === "over_budget" ? "Raise it and go on" : "Raise it"}
            </Button>
            {question && (
              <>
                <Button disabled={done} onClick={() => answer("once")}>
                  Go on up to the limit
                </Button>
                <Button look="danger" disabled={done} onClick={() => answer("no")}>
                  Stop here
                </Button>
              </>
            )}
          </div>
        </>
      )}
    </form>
  );
}
