// What waits for a person, where it cannot be overlooked: right above the box to write in.
import type { Facts } from "../timeline/timeline";
import type { PermissionRow, Row } from "../timeline/row";
import type { Attempt, Task } from "../task";
import { RaiseBudget } from "./budget";
import { useOvertaken } from "./overtaken";
import { Permission } from "./permission";
import { Question } from "./question";
import "./asks.css";

interface DockProps {
  task: Task;
  attempt: Attempt;
  questions: readonly PermissionRow[];
  rows: readonly Row[];
  facts: Facts;
  may: boolean;
  onShow: (seq: number) => void;
}

const GONE = new Set(["merged", "cancelled"]);

/** The turn ended with this question and another one follows: the answer is there, and waits for that turn to hear it. */
function isAnswered(attempt: Attempt, question: PermissionRow | undefined): boolean {
  const { outcome, state } = attempt;
  return (state === "queued" || state === "running") && outcome?.type === "needs_input" && outcome.question === question?.asked.id;
}

export function Dock({ task, attempt, questions, rows, facts, may, onShow }: DockProps) {
  const [question] = questions;
  useOvertaken(question, rows, may);
  if (GONE.has(attempt.state)) return null;
  const over = attempt.state === "over_budget";
  if (!question && !over) return null;
  if (isAnswered(attempt, question))
    return (
      <section className="dock" aria-label="Waits for a person" aria-live="polite">
        <p className="soft">{attempt.state === "queued" ? "It is answered. The next turn hears it when it begins." : "It is answered, and goes on."}</p>
      </section>
    );
  return (
    <section className="dock" aria-label="Waits for a person" aria-live="polite">
      {!may && <p className="soft small">A member of the project can answer.</p>}
      {over ? (
        <RaiseBudget task={task} attempt={attempt} reached={facts.budget} may={may} />
      ) : question && question.asked.effect === "ask" && question.asked.tool !== "budget" ? (
        <Question key={question.key} attempt={attempt.id} row={question} may={may} />
      ) : question && question.asked.tool === "budget" ? (
        <RaiseBudget key={question.key} task={task} attempt={attempt} reached={facts.budget} question={question} may={may} />
      ) : question ? (
        <Permission key={question.key} attempt={attempt.id} row={question} may={may} />
      ) : null}
      {question && (
        <p className="row spread small faint">
          <button type="button" className="link" onClick={() => onShow(question.seq)}>
            Show where it was asked
          </button>
          {may && <span>{attempt.state === "running" ? "It waits some minutes. After that, an answer begins the next turn." : "An answer begins the next turn, and it goes on there."}</span>}
        </p>
      )}
    </section>
  );
}
