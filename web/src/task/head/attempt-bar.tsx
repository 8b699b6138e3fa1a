// The attempts of a task, to look at one of them.
import { State } from "../../kit";
import type { Attempt, Task } from "../task";

export function AttemptBar({ task, attempt, onPick }: { task: Task; attempt: Attempt; onPick: (attempt: Attempt) => void }) {
  if (task.attempts.length < 2) return null;
  return (
    <div className="attempt-bar" role="group" aria-label="Attempts">
      {task.attempts.map((one) => (
        <button key={one.id} type="button" className="attempt-pick" aria-pressed={one.id === attempt.id} onClick={() => onPick(one)}>
          <span>Attempt {one.number}</span>
          {task.chosen === one.id && <span className="faint">chosen</span>}
          <State of={one.state} asks={!!one.asks} />
        </button>
      ))}
    </div>
  );
}
