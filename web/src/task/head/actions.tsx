// The head's buttons: the one or two that matter now, the rest in a menu. What cannot be taken back asks first.
import { Link } from "@tanstack/react-router";
import { Ellipsis, GitPullRequestArrow, Pause, Play, Square, SquareTerminal } from "lucide-react";
import { useState } from "react";
import { Button, Dialog, Menu, say, type MenuEntry } from "../../kit";
import { useShortcuts } from "../../shell/keys";
import { RaiseBudget } from "../asks/budget";
import { copied } from "../copy";
import { useGive } from "../inputs";
import type { Attempt, Task } from "../task";
import type { Facts } from "../timeline/timeline";
import { possible, useDoing } from "./doing";

interface ActionsProps {
  task: Task;
  attempt: Attempt | undefined;
  facts: Facts;
  member: boolean;
}

type Open = "" | "stop" | "cancel" | "raise";

export function Actions({ task, attempt, facts, member }: ActionsProps) {
  const can = possible(task, attempt, member);
  const [open, setOpen] = useState<Open>("");
  const doing = useDoing(task);
  const give = useGive(attempt?.id ?? "");
  const close = () => setOpen("");
  useShortcuts([{ keys: "x", about: "Stop the attempt", run: () => can.stop && setOpen("stop") }]);
  const copy = (line: string) => () => void copied(line).then((done) => done && say(`Copied: ${line}`, "good"));
  const which = attempt && task.attempts.length > 1 ? ` --attempt ${attempt.number}` : "";
  const some = (when: boolean, entry: MenuEntry) => (when ? [entry] : []);
  const entries: (MenuEntry | null)[] = [
    ...some(can.pause, { label: "Pause", onSelect: () => doing.mutate("pause") }),
    ...some(can.resume, { label: "Resume", onSelect: () => doing.mutate("resume") }),
    ...some(can.raise, { label: "Change the budget…", onSelect: () => setOpen("raise") }),
    ...some(can.retry, { label: "Try again: go on", onSelect: () => doing.mutate("retry") }),
    ...some(can.afresh, { label: "Try again: a fresh attempt", onSelect: () => doing.mutate("afresh") }),
    ...some(can.cancel, { label: "Cancel the task…", danger: true, onSelect: () => setOpen("cancel") }),
    ...(can.pause || can.resume || can.raise || can.retry || can.afresh || can.cancel ? [null] : []),
    { label: "Copy “task pull” line", onSelect: copy(`pullwright task pull ${task.id}${which}`) },
    { label: "Copy “task apply” line", disabled: !attempt?.head, onSelect: copy(`pullwright task apply ${task.id}${which}`) },
    { label: "Copy the task's id", onSelect: copy(task.id) },
  ];
  return (
    <div className="row actions">
      {attempt?.state === "running" && (
        <Link className="btn" to="/attempts/$attempt/inside" params={{ attempt: attempt.id }}>
          <SquareTerminal size={15} aria-hidden /> <span className="only-wide">Look inside</span>
          <span className="sr-only only-narrow">Look inside</span>
        </Link>
      )}
      {can.stop && (
        <Button look="danger" onClick={() => setOpen("stop")}>
          <Square size={13} aria-hidden /> Stop
        </Button>
      )}
      {can.resume && (
        <Button look="primary" busy={doing.isPending} onClick={() => doing.mutate("resume")}>
          <Play size={14} aria-hidden /> Resume
        </Button>
      )}
      {can.pause && !can.stop && (
        <Button busy={doing.isPending} onClick={() => doing.mutate("pause")}>
          <Pause size={14} aria-hidden /> Pause
        </Button>
      )}
      {can.retry && !can.resume && (
        <Button busy={doing.isPending} onClick={() => doing.mutate("retry")}>
          Try again
        </Button>
      )}
      {can.review && (
        <Link className={task.state === "review" ? "btn primary" : "btn"} to="/tasks/$task/review" params={{ task: task.id }} search={{ attempt: attempt?.head ? attempt.id : undefined } as never}>
          <GitPullRequestArrow size={15} aria-hidden /> Review
        </Link>
      )}
      <Menu entries={entries}>
        <button type="button" className="btn icon" aria-label="More about this task">
          <Ellipsis size={16} />
        </button>
      </Menu>
      <Dialog open={open === "stop"} onClose={close} title="Stop this attempt?" about="What runs is interrupted and the turn ends. The work so far is kept, and you can go on from it.">
        <div className="row">
          <Button look="danger" autoFocus busy={give.isPending} onClick={() => give.mutate({ type: "interrupt" }, { onSettled: close })}>
            Stop it
          </Button>
          <Button look="quiet" onClick={close}>
            Let it run
          </Button>
        </div>
      </Dialog>
      <Dialog open={open === "cancel"} onClose={close} title="Cancel this task?" about="What waits never begins, what runs is stopped. A change in review is given up and its pull request closed. The work is kept; trying again takes it up.">
        <div className="row">
          <Button look="danger" autoFocus busy={doing.isPending} onClick={() => doing.mutate("cancel", { onSettled: close })}>
            Cancel the task
          </Button>
          <Button look="quiet" onClick={close}>
            Keep it
          </Button>
        </div>
      </Dialog>
      <Dialog open={open === "raise" && !!attempt} onClose={close} title="Budget">
        {attempt && <RaiseBudget task={task} attempt={attempt} reached={facts.budget} may onDone={close} />}
      </Dialog>
    </div>
  );
}
