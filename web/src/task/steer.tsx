// The box at the end: a remark into the running turn, or what begins the next one.
import { SendHorizontal } from "lucide-react";
import { useId, useState, type KeyboardEvent, type Ref } from "react";
import { Button, Key } from "../kit";
import { useGive, useUnheard } from "./inputs";
import type { Attempt } from "./task";

const RUNS = new Set(["running", "queued"]);

function hint(state: string): string {
  if (state === "running") return "Will be heard at the next step.";
  if (state === "queued") return "Will be heard when the turn begins.";
  if (state === "paused") return "Begins the next turn, with the work as it stands.";
  if (state === "needs_input") return "Begins a new turn in place of an answer.";
  return "Begins the next turn.";
}

/** What was written and not sent, by attempt: it outlives a look at another part of the page. */
const drafts = new Map<string, string>();

export function Steer({ attempt, heard, box }: { attempt: Attempt; heard: ReadonlySet<string>; box: Ref<HTMLTextAreaElement> }) {
  const id = useId();
  const [text, setText] = useState(() => drafts.get(attempt.id) ?? "");
  const give = useGive(attempt.id);
  const waiting = useUnheard(attempt.id, heard);
  const write = (now: string) => {
    drafts.set(attempt.id, now);
    setText(now);
  };
  const send = () => {
    if (text.trim() && !give.isPending) give.mutate({ type: "steer", text: text.trim() }, { onSuccess: () => write("") });
  };
  const key = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      send();
    }
    if (event.key === "Escape") event.currentTarget.blur();
  };
  return (
    <div className="steer">
      {waiting.map((one) => (
        <p key={one.id} className="unheard small" role="status">
          <span className="truncate grow" dir="auto">
            {one.text}
          </span>
          <span className="faint">{RUNS.has(attempt.state) ? "will be heard at the next step" : "waits for its turn"}</span>
        </p>
      ))}
      <div className="steer-box">
        <label className="sr-only" htmlFor={id}>
          Say something to the agent
        </label>
        <textarea
          id={id}
          ref={box}
          className="input"
          dir="auto"
          rows={Math.min(6, Math.max(1, text.split("\n").length))}
          value={text}
          placeholder={attempt.state === "running" ? "Steer it…" : "Say what comes next…"}
          aria-describedby={`${id}-hint`}
          onChange={(event) => write(event.target.value)}
          onKeyDown={key}
        />
        <Button look="primary" label="Send" busy={give.isPending} disabled={!text.trim()} onClick={send}>
          <SendHorizontal size={16} />
        </Button>
      </div>
      <p className="faint small row spread steer-hint" id={`${id}-hint`}>
        <span>{hint(attempt.state)}</span>
        <span className="only-wide">
          <Key>Ctrl Enter</Key> sends
        </span>
      </p>
    </div>
  );
}
