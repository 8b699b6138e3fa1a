// The attempts side by side: what each came to, at what price. One of them is chosen.
import { Link } from "@tanstack/react-router";
import { Check } from "lucide-react";
import { Badge, Button, Dialog, duration, money, State } from "../kit";
import { useState } from "react";
import { useChoose } from "./head/doing";
import { Size } from "./rows/work";
import { changeOf, type Attempt, type Task } from "./task";
import { VERDICTS } from "./timeline/verification";
import "./attempts.css";

interface AttemptsProps {
  task: Task;
  member: boolean;
  shown: Attempt;
  onPick: (attempt: Attempt) => void;
}

const tokens = (attempt: Attempt) => (attempt.spend.usage?.input ?? 0) + (attempt.spend.usage?.output ?? 0);

export function Attempts({ task, member, shown, onPick }: AttemptsProps) {
  const choose = useChoose(task);
  const [choosing, setChoosing] = useState<Attempt | null>(null);
  const open = task.state !== "merged";
  return (
    <div className="attempt-grid">
      {task.attempts.map((attempt) => (
        <Card key={attempt.id} task={task} attempt={attempt} looked={attempt.id === shown.id} onPick={() => onPick(attempt)} onChoose={member && open && attempt.head && task.attempts.length > 1 ? () => setChoosing(attempt) : undefined} />
      ))}
      <Dialog open={!!choosing} onClose={() => setChoosing(null)} title={`Choose attempt ${choosing?.number}?`} about="Its change is the one that is published, reviewed and merged. You can choose another one until the task is merged.">
        <div className="row">
          <Button look="primary" autoFocus busy={choose.isPending} onClick={() => choosing && choose.mutate(choosing, { onSettled: () => setChoosing(null) })}>
            Choose it
          </Button>
          <Button look="quiet" onClick={() => setChoosing(null)}>
            Not yet
          </Button>
        </div>
      </Dialog>
    </div>
  );
}

function Card({ task, attempt, looked, onPick, onChoose }: { task: Task; attempt: Attempt; looked: boolean; onPick: () => void; onChoose?: () => void }) {
  const change = changeOf(attempt);
  const verdict = VERDICTS[attempt.verdict] ?? { tone: "plain" as const, words: attempt.verdict };
  const last = attempt.turns.at(-1);
  const cost = money(attempt.spend.cost_usd || (attempt.spend.unpriced ? null : 0));
  const said = attempt.outcome?.message || attempt.outcome?.why || last?.waiting || "";
  return (
    <article className={task.chosen === attempt.id ? "card attempt-card chosen" : "card attempt-card"} aria-label={`Attempt ${attempt.number}`}>
      <div className="row spread">
        <h2>Attempt {attempt.number}</h2>
        <State of={attempt.state} asks={!!attempt.asks} />
      </div>
      <dl className="measures">
        <dt>Verification</dt>
        <dd>
          <Badge tone={verdict.tone}>{verdict.words}</Badge>
        </dd>
        <dt>Change</dt>
        <dd>
          {change ? (
            <>
              {change.files?.length ?? 0} {change.files?.length === 1 ? "file" : "files"} <Size added={change.added ?? 0} removed={change.removed ?? 0} />
            </>
          ) : (
            <span className="faint">none yet</span>
          )}
        </dd>
        <dt>Cost</dt>
        <dd>{cost === "unknown" ? "price unknown" : cost}</dd>
        <dt>Tokens</dt>
        <dd>{tokens(attempt).toLocaleString()}</dd>
        <dt>Time</dt>
        <dd>
          {duration(attempt.spend.seconds ?? 0)}, {attempt.spend.steps ?? 0} {attempt.spend.steps === 1 ? "step" : "steps"}
        </dd>
        <dt>Turns</dt>
        <dd>{attempt.turns.length}</dd>
      </dl>
      {said && (
        <p className="soft attempt-said" dir="auto">
          {said}
        </p>
      )}
      <div className="row wrap attempt-acts">
        <Button small onClick={onPick} aria-pressed={looked}>
          Timeline
        </Button>
        {attempt.head && (
          <Link className="btn small" to="/tasks/$task/review" params={{ task: task.id }} search={{ attempt: attempt.id } as never}>
            Review
          </Link>
        )}
        {task.chosen === attempt.id ? (
          <Badge tone="good">
            <Check size={13} aria-hidden /> Chosen
          </Badge>
        ) : (
          onChoose && (
            <Button small look="primary" onClick={onChoose}>
              Choose
            </Button>
          )
        )}
      </div>
    </article>
  );
}
