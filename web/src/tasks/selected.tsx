// What is done with several tasks at once.
import { useQueryClient } from "@tanstack/react-query";
import { Ban, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { api, data, Problem } from "../api/client";
import { Button, Dialog, say } from "../kit";
import { may, useMe } from "../session/me";
import type { Line } from "./filters";

const STOPPABLE = new Set(["queued", "running", "needs_input", "review", "paused"]);
const AGAIN = new Set(["failed", "cancelled", "over_budget"]);

export function Selected({ chosen, onDone }: { chosen: ReadonlyMap<string, Line>; onDone: () => void }) {
  const me = useMe();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const mine = [...chosen.values()].filter((line) => may(me, line.project_id, "member"));
  const stoppable = mine.filter((line) => STOPPABLE.has(line.state));
  const again = mine.filter((line) => AGAIN.has(line.state));
  if (!chosen.size) return null;
  const each = async (lines: readonly Line[], call: (id: string) => Promise<unknown>, done: string) => {
    setBusy(true);
    const failed: string[] = [];
    for (const line of lines) await call(line.id).catch((error: unknown) => failed.push(`${line.title}: ${error instanceof Problem ? error.message : String(error)}`));
    setBusy(false);
    setAsking(false);
    if (lines.length > failed.length) say(`${tasks(lines.length - failed.length)} ${done}.`, "good");
    if (failed.length) say(`Not done: ${failed.slice(0, 3).join("; ")}`, "bad");
    onDone();
    await client.invalidateQueries({ queryKey: ["tasks"] });
  };
  const cancel = (task: string) => data(api.POST("/api/v1/tasks/{task}/cancel", { params: { path: { task } }, body: { reason: "" } }));
  const retry = (task: string) => data(api.POST("/api/v1/tasks/{task}/retry", { params: { path: { task } }, body: { fresh: false } }));
  return (
    <div className="tasks-selected" role="region" aria-label="Chosen tasks">
      <strong>{tasks(chosen.size)} chosen</strong>
      <span className="grow" />
      <Button small disabled={!again.length} busy={busy} onClick={() => void each(again, retry, "tried again")}>
        <RotateCcw size={14} aria-hidden /> Try again{again.length ? ` (${again.length})` : ""}
      </Button>
      <Button small look="danger" disabled={!stoppable.length} busy={busy} onClick={() => setAsking(true)}>
        <Ban size={14} aria-hidden /> Cancel{stoppable.length ? ` (${stoppable.length})` : ""}
      </Button>
      <Button small look="quiet" label="Choose none" onClick={onDone}>
        <X size={15} aria-hidden />
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={`Cancel ${tasks(stoppable.length)}?`}
        about="What runs is stopped and its work kept; open pull requests of these tasks are closed. You can try them again later."
      >
        <div className="row spread">
          <Button onClick={() => setAsking(false)}>Keep them</Button>
          <Button look="danger" busy={busy} onClick={() => void each(stoppable, cancel, "cancelled")}>
            Cancel {tasks(stoppable.length)}
          </Button>
        </div>
      </Dialog>
    </div>
  );
}

function tasks(count: number): string {
  return count === 1 ? "1 task" : `${count.toLocaleString()} tasks`;
}
