// Approve the change: the forge merges what one looked at, and nothing newer.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../../api/client";
import { Area, Button, Choice, Dialog, say, Trouble } from "../../kit";
import type { Task } from "../data";
import type { Remark } from "../remarks/spot";
import { counted } from "./send-back";
import { Standing, useStanding, type MergeStanding } from "./standing";

export type MergeMethod = NonNullable<Schemas["Approval"]["method"]>;

const METHODS: Record<MergeMethod, string> = {
  merge: "Merge commit: the branch's commits, joined",
  squash: "Squash: one commit for the whole change",
  rebase: "Rebase: its commits on top of the base",
};

interface ApproveProps {
  task: Task;
  head: string;
  verdict: string;
  method: MergeMethod;
  waiting: readonly Remark[];
  onClose: () => void;
}

export function Approve({ task, head, verdict, method: first, waiting, onClose }: ApproveProps) {
  const client = useQueryClient();
  const standing = useStanding(task.id, head);
  const [chosen, setChosen] = useState<MergeMethod | null>(null);
  const allowed = standing.data?.methods ?? (Object.keys(METHODS) as MergeMethod[]);
  const method = chosen && allowed.includes(chosen) ? chosen : (standing.data?.method ?? first);
  const [note, setNote] = useState("");
  const approving = useMutation({
    mutationFn: () => data(api.POST("/api/v1/tasks/{task}/approve", { params: { path: { task: task.id } }, body: { head, method, note } })),
    onSuccess: (view) => {
      client.setQueryData(["task", task.id], view);
      void client.invalidateQueries({ queryKey: ["tasks"] });
      if (view.state === "merged") say("Approved and merged.", "good");
      else say("Approved. Its base has moved on and clashes with it: the agent merges that in, and you look again.");
      onClose();
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["task", task.id] }),
  });
  return (
    <Dialog open onClose={onClose} title="Approve and merge" about={`The change at ${head.slice(0, 12)} goes into ${task.pull?.base || task.ref || "the default branch"}. One that moved on meanwhile is not merged.`}>
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          approving.mutate();
        }}
      >
        {verdict !== "verified" && (
          <p className="trouble warn" role="note">
            {verdict === "contradicted" ? "Pullwright's own clean runs contradict this change." : "Pullwright's own clean runs have not verified this change."}
          </p>
        )}
        <Standing asked={standing} />
        <Choice label="How it is merged" value={method} hint={hint(standing.data, first, method)} onChange={(event) => setChosen(event.target.value as MergeMethod)}>
          {allowed.map((one) => (
            <option key={one} value={one}>
              {METHODS[one]}
            </option>
          ))}
        </Choice>
        <Area label="Note" hint="It may be empty." value={note} maxLength={20_000} dir="auto" onChange={(event) => setNote(event.target.value)} />
        {waiting.length > 0 && <p className="trouble warn">{counted(waiting.length)} of yours will be kept with the approval; the agent is not told. Send back instead to have them answered.</p>}
        {approving.error !== null && <Trouble error={approving.error} />}
        <div className="row">
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={approving.isPending}>
            Approve and merge
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function hint(standing: MergeStanding | undefined, own: MergeMethod, method: MergeMethod): string {
  if (own === method) return "The project's own way.";
  if (standing && !standing.methods.includes(own)) return `The forge does not allow the project's own way (${own}).`;
  return standing ? "Another way than the project's own." : "The forge may not allow it: then it says so, and nothing is merged.";
}
