// The review of a task's change: it is read line by line, remarked on, sent back or approved.
import { useParams, useSearch } from "@tanstack/react-router";
import { FileDiff } from "lucide-react";
import { Link } from "@tanstack/react-router";
import { Bones, Empty, Trouble } from "../kit";
import { useTask, type Attempt, type Task } from "./data";
import { Reviewing } from "./reviewing";
import "./review.css";

export default function Page() {
  const { task: id } = useParams({ strict: false }) as { task: string };
  const search = useSearch({ strict: false }) as { attempt?: string; since?: string };
  const task = useTask(id);
  if (task.error !== null) {
    return (
      <div className="page">
        <Trouble page error={task.error} retry={() => void task.refetch()} />
      </div>
    );
  }
  if (!task.data) return <Waiting />;
  const attempt = attemptOf(task.data, search.attempt);
  if (!attempt?.head) {
    const ask = task.data.mode === "ask";
    return (
      <div className="page">
        <Empty
          page
          icon={<FileDiff size={32} aria-hidden />}
          title={ask ? "There is nothing to review" : "There is no change yet"}
          action={
            <Link className="btn" to="/tasks/$task" params={{ task: id }}>
              Go to the task
            </Link>
          }
        >
          {ask ? "The task asked a question: its answer is on the task's page." : "It is shown here as soon as the agent has made one."}
        </Empty>
      </div>
    );
  }
  return <Reviewing key={attempt.id} task={task.data} attempt={attempt} since={search.since ?? ""} />;
}

export function Waiting() {
  return (
    <div className="page">
      <Bones lines={8} />
    </div>
  );
}

/** The attempt that is asked for, else the chosen one, else the first that has something to show. */
function attemptOf(task: Task, asked: string | undefined): Attempt | undefined {
  const find = (id: string | null | undefined) => task.attempts.find((one) => one.id === id);
  return find(asked) ?? find(task.chosen) ?? task.attempts.find((one) => one.state === "review") ?? task.attempts.find((one) => one.head) ?? task.attempts[0];
}
