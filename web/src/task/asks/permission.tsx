// May this call go ahead? With what it would do, and a way to change it first.
import { ShieldQuestion } from "lucide-react";
import { useState } from "react";
import { Area, Button, Input, Terminal } from "../../kit";
import { useGive } from "../inputs";
import { DiffText } from "../rows/diff";
import type { PermissionRow } from "../timeline/row";
import { Preview } from "./preview";

export function Permission({ attempt, row, may }: { attempt: string; row: PermissionRow; may: boolean }) {
  const { asked } = row;
  const give = useGive(attempt);
  const edit = asked.effect === "edit";
  const [changing, setChanging] = useState(false);
  const [command, setCommand] = useState(asked.detail ?? "");
  const [files, setFiles] = useState<Record<string, string> | null>(null);
  const [words, setWords] = useState("");
  const done = give.isPending || give.isSuccess;
  const changed = !edit && changing && command !== (asked.detail ?? "");
  const answer = (verdict: "once" | "session" | "no") =>
    give.mutate({
      type: "answer",
      question: asked.id ?? "",
      verdict,
      ...(verdict === "no" ? { text: words.trim() } : {}),
      ...(verdict !== "no" && changed ? { command } : {}),
      ...(verdict !== "no" && edit && changing && files ? { files } : {}),
    });
  return (
    <div className="ask stack">
      <p className="row top">
        <ShieldQuestion size={17} className="ask-icon" aria-hidden />
        <span>
          May it {edit ? "edit" : asked.effect === "execute" ? "run" : "call"}{" "}
          <strong className="pre" dir="auto">
            {edit || asked.effect !== "execute" ? asked.title : "this command"}
          </strong>
          ?{asked.cwd && <span className="faint"> In {asked.cwd}.</span>}
        </span>
      </p>
      {changing && edit && asked.preview ? (
        <Preview attempt={attempt} name={asked.preview} onChange={setFiles} />
      ) : changing ? (
        <Area label={asked.effect === "execute" ? "Command to run instead" : "Arguments to call it with instead"} className="mono" spellCheck={false} dir="ltr" value={command} onChange={(event) => setCommand(event.target.value)} />
      ) : edit ? (
        <DiffText diff={asked.detail ?? ""} all />
      ) : (
        asked.detail && <Terminal text={asked.detail} label="What it would run" />
      )}
      {may && (
        <>
          <div className="row wrap">
            <Button look="primary" busy={done} onClick={() => answer("once")}>
              {changing ? "Allow it so" : "Allow once"}
            </Button>
            {asked.scope && !changing && (
              <Button disabled={done} onClick={() => answer("session")} title={asked.scope}>
                Allow for the session
              </Button>
            )}
            {(!edit || asked.preview) && (
              <Button look="quiet" disabled={done} onClick={() => setChanging(!changing)} aria-expanded={changing}>
                {changing ? "As it was" : "Change it first"}
              </Button>
            )}
            <Button look="danger" disabled={done} onClick={() => answer("no")}>
              No
            </Button>
          </div>
          {asked.scope && (
            <p className="faint small" dir="auto">
              For the session: {asked.scope}
            </p>
          )}
          <Input label="With a no: what to do instead" dir="auto" value={words} disabled={done} onChange={(event) => setWords(event.target.value)} />
        </>
      )}
    </div>
  );
}
