// A question of the agent's: answered in words, or by one of the options that it gave.
import { CircleHelp } from "lucide-react";
import { useState, type FormEvent } from "react";
import { Area, Button } from "../../kit";
import { useGive } from "../inputs";
import type { PermissionRow } from "../timeline/row";

/** The options that the question's call offered. */
export function optionsOf(given: string): string[] {
  try {
    const options = (JSON.parse(given) as { options?: unknown }).options;
    return Array.isArray(options) ? options.filter((one): one is string => typeof one === "string").slice(0, 12) : [];
  } catch {
    return [];
  }
}

export function Question({ attempt, row, may }: { attempt: string; row: PermissionRow; may: boolean }) {
  const [text, setText] = useState("");
  const give = useGive(attempt);
  const done = give.isPending || give.isSuccess;
  const answer = (words: string) => give.mutate({ type: "answer", question: row.asked.id ?? "", text: words });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) answer(text.trim());
  };
  return (
    <form className="ask stack" onSubmit={submit}>
      <p className="row top">
        <CircleHelp size={17} className="ask-icon" aria-hidden />
        <strong className="pre" dir="auto">
          {row.asked.title}
        </strong>
      </p>
      {may && (
        <>
          {optionsOf(row.given).length > 0 && (
            <div className="row wrap" role="group" aria-label="Options">
              {optionsOf(row.given).map((option) => (
                <Button key={option} small disabled={done} onClick={() => answer(option)}>
                  <span dir="auto">{option}</span>
                </Button>
              ))}
            </div>
          )}
          <Area
            label="Your answer"
            rows={2}
            dir="auto"
            value={text}
            disabled={done}
            onChange={(event) => setText(event.target.value)}
            onKeyDown={(event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && submit(event)}
          />
          <div className="row">
            <Button type="submit" look="primary" busy={done} disabled={!text.trim()}>
              Answer
            </Button>
            <Button look="quiet" disabled={done} onClick={() => give.mutate({ type: "answer", question: row.asked.id ?? "", verdict: "no" })}>
              Decline to answer
            </Button>
          </div>
        </>
      )}
    </form>
  );
}
