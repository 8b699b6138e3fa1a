// Beside the timeline: the plan as it stands, what the session used, what was asked for.
import { count, Empty, money } from "../kit";
import { modeOf } from "../tasks/approval";
import { Checklist } from "./rows/words";
import type { Attempt, Task } from "./task";
import type { Facts } from "./timeline/timeline";

export function Aside({ task, attempt, facts }: { task: Task; attempt: Attempt; facts: Facts }) {
  const waiting = attempt.turns.at(-1)?.waiting;
  const cost = money(facts.cost || (facts.unpriced ? null : 0), facts.cost ? facts.unpriced : 0);
  return (
    <div className="aside-parts">
      {waiting && (
        <section>
          <h2>Waits</h2>
          <p className="soft" dir="auto">
            {waiting}
          </p>
        </section>
      )}
      {facts.plan && (
        <section>
          <h2>Plan</h2>
          <Checklist plan={facts.plan.plan} />
        </section>
      )}
      <section>
        <h2>Used so far</h2>
        <dl className="measures">
          <dt>Cost</dt>
          <dd>{cost === "unknown" ? "price unknown" : cost}</dd>
          <dt>Tokens</dt>
          <dd>{count(facts.tokens)}</dd>
          <dt>Turns</dt>
          <dd>{facts.turns}</dd>
          <dt>Model</dt>
          <dd>{task.model}</dd>
          {task.mode === "code" && (
            <>
              <dt>Approval</dt>
              <dd title={modeOf(task.approval).about}>{modeOf(task.approval).label}</dd>
            </>
          )}
        </dl>
      </section>
      <section>
        <h2>Asked for</h2>
        <p className="pre soft prompt" dir="auto">
          {task.prompt}
        </p>
      </section>
    </div>
  );
}

export function NotYet({ attempt }: { attempt: Attempt }) {
  const waiting = attempt.turns.at(-1)?.waiting;
  return <Empty title="It has not begun yet">{waiting || "It waits in the queue. What happens is shown here as it does."}</Empty>;
}
