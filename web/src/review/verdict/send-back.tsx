// Send the change back: the remarks that wait and a note become the agent's next turn.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { api, data } from "../../api/client";
import { Area, Button, Dialog, say, Trouble } from "../../kit";
import { linesOf, type Remark } from "../remarks/spot";

interface SendBackProps {
  task: string;
  attempt: string;
  waiting: readonly Remark[];
  onClose: () => void;
  onSent: () => void;
}

export function counted(remarks: number): string {
  return `${remarks} ${remarks === 1 ? "remark" : "remarks"}`;
}

export function SendBack({ task, attempt, waiting, onClose, onSent }: SendBackProps) {
  const client = useQueryClient();
  const [note, setNote] = useState("");
  // The same request sent twice, by a line that broke, is one turn.
  const key = useRef(crypto.randomUUID());
  const sending = useMutation({
    mutationFn: () =>
      data(
        api.POST("/api/v1/tasks/{task}/send-back", {
          params: { path: { task }, header: { "Idempotency-Key": key.current } },
          body: { note, attempt },
        }),
      ),
    onSuccess: (view) => {
      client.setQueryData(["task", task], view);
      void client.invalidateQueries({ queryKey: ["task", task, "reviews"] });
      void client.invalidateQueries({ queryKey: ["tasks"] });
      say("It is sent back: the agent goes on with your notes.", "good");
      onSent();
    },
  });
  return (
    <Dialog open onClose={onClose} title="Send back with notes" about="The agent is told what you write, in the same session, and works on. You see what it makes of it here.">
      <form
        className="stack"
        onSubmit={(event) => {
          event.preventDefault();
          sending.mutate();
        }}
      >
        <Area label="Note" hint="What should be different as a whole. It may be empty where remarks say it." value={note} maxLength={20_000} dir="auto" autoFocus onChange={(event) => setNote(event.target.value)} />
        <Going waiting={waiting} />
        {sending.error !== null && <Trouble error={sending.error} />}
        <div className="row">
          <span className="grow" />
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" busy={sending.isPending} disabled={!note.trim() && !waiting.length}>
            {waiting.length ? `Send back with ${counted(waiting.length)}` : "Send back"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function Going({ waiting }: { waiting: readonly Remark[] }) {
  if (!waiting.length) return <p className="faint">No remark of yours waits.</p>;
  return (
    <section className="v-going" aria-label="Remarks that go along">
      <h3>{counted(waiting.length)}</h3>
      <ul className="stack">
        {waiting.map((remark) => (
          <li key={remark.id} className="v-remark">
            {remark.path && (
              <span className="mono faint truncate" title={remark.path}>
                {remark.path}
                {remark.line > 0 && `, ${linesOf({ line: remark.line, end: remark.end_line })}`}
              </span>
            )}
            <span className="v-text" dir="auto">
              {remark.text}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
