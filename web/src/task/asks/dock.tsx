// What waits for a person, where it cannot be overlooked: right above the box to write in.
import type { Facts } from "../timeline/timeline";
import type { PermissionRow } from "../timeline/row";
import type { Attempt, Task } from "../task";
import { RaiseBudget } from "./budget";
import { Permission } from "./permission";
import { Question } from "./question";
import "./asks.css";

interface DockProps {
  task: Task;
  attempt: Attempt;
  questions: readonly PermissionRow[];
  facts: Facts;
  may: boolean;
  onShow: (seq: number) => void;
}

const GONE = new Set(["merged", "cancelled"]);

export function Dock({ task, attempt, questions, facts, may, onShow }: DockProps) {
  if (GONE.has(attempt.state)) return null;
  const [question] = questions;
  const over = attempt.state === "over_budget";
  if (!question && !over) return null;
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
          {questions.length > 1 && <span>{questions.length - 1} more after this</span>}
        </p>
      )}
    </section>
  );
}
