// The timeline with what stands below it: the line's state, what waits for a person, the box to write in; and the plan beside it.
import { WifiOff } from "lucide-react";
import type { Ref } from "react";
import { Bones, Trouble } from "../kit";
import { Aside, NotYet } from "./aside";
import { Dock } from "./asks/dock";
import { possible } from "./head/doing";
import { List } from "./rows/list";
import { Steer } from "./steer";
import type { Attempt, Task } from "./task";
import type { Facts } from "./timeline/timeline";
import type { Watch } from "./timeline/watching";

interface StreamProps {
  task: Task;
  attempt: Attempt;
  watch: Watch;
  facts: Facts;
  seq: number | undefined;
  member: boolean;
  box: Ref<HTMLTextAreaElement>;
  onShow: (seq: number) => void;
  onLive: () => void;
}

export function Stream({ task, attempt, watch, facts, seq, member, box, onShow, onLive }: StreamProps) {
  const { timeline } = watch;
  const rows = timeline.shown();
  const questions = timeline.questions();
  // While it rests on a question, the answer is what it waits for: one box to write in, not two.
  const asks = attempt.state === "needs_input" && questions.length > 0;
  const marked = seq !== undefined && timeline.last >= seq ? timeline.rowOf(seq) : -1;
  return (
    <div className="stream">
      <div className="stream-main">
        {watch.line === "refused" ? (
          <div className="stream-room">
            <Trouble error={watch.problem} retry={() => watch.begin()} />
          </div>
        ) : rows.length ? (
          <List rows={rows} reading={watch.reading} marked={marked} pointed={seq !== undefined} onLive={onLive} label="Timeline" />
        ) : watch.settled ? (
          <div className="stream-room">
            <NotYet attempt={attempt} />
          </div>
        ) : (
          <div className="stream-room">
            <Bones lines={7} />
          </div>
        )}
        {watch.line === "down" && (
          <p className="line-down small" role="status">
            <WifiOff size={14} aria-hidden /> The line to the server is down. It is taken up again by itself, and nothing is missed.
          </p>
        )}
        <Dock task={task} attempt={attempt} questions={questions} rows={timeline.rows} facts={facts} may={member} onShow={onShow} />
        {possible(task, attempt, member).steer && !asks && <Steer attempt={attempt} heard={timeline.heard} box={box} />}
      </div>
      <aside className="stream-aside" aria-label="About this attempt" tabIndex={0}>
        <Aside task={task} attempt={attempt} facts={facts} />
      </aside>
    </div>
  );
}
