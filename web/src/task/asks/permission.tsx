// May this call go ahead? With what it would do, and a way to change it first.
import { ShieldQuestion } from "lucide-react";
import { useRef, useState, type KeyboardEvent } from "react";
import { Area, Button, Input, Key, Terminal } from "../../kit";
import { useShortcuts, type Shortcut } from "../../shell/keys";
import { useGive } from "../inputs";
import { DiffText } from "../rows/diff";
import type { PermissionRow } from "../timeline/row";
import { Preview } from "./preview";

type Verdict = "once" | "session" | "no";

/** Milliseconds in which no key answers: what was meant for the question before must not answer this one. */
const SETTLING = 700;

export function Permission({ attempt, row, may }: { attempt: string; row: PermissionRow; may: boolean }) {
  const { asked } = row;
  const give = useGive(attempt);
  const edit = asked.effect === "edit";
  const [changing, setChanging] = useState(false);
  const [command, setCommand] = useState(asked.detail ?? "");
  const [files, setFiles] = useState<Record<string, string> | null>(null);
  const done = give.isPending || give.isSuccess;
  const changed = !edit && changing && command !== (asked.detail ?? "");
  const answer = (verdict: Verdict, text = "") =>
    give.mutate({
      type: "answer",
      question: asked.id ?? "",
      verdict,
      ...(verdict === "no" ? { text } : {}),
      ...(verdict !== "no" && changed ? { command } : {}),
      ...(verdict !== "no" && edit && changing && files ? { files } : {}),
    });
  const sends = (event: KeyboardEvent) => {
    if (!may || done || event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    answer("once");
  };
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
        <div onKeyDown={sends}>
          <Preview attempt={attempt} name={asked.preview} onChange={setFiles} />
        </div>
      ) : changing ? (
        <Area label={asked.effect === "execute" ? "Command to run instead" : "Arguments to call it with instead"} className="mono" spellCheck={false} dir="ltr" value={command} onKeyDown={sends} onChange={(event) => setCommand(event.target.value)} />
      ) : edit ? (
        <DiffText diff={asked.detail ?? ""} all />
      ) : (
        asked.detail && <Terminal text={asked.detail} label="What it would run" />
      )}
      {may && (
        <Answers scope={asked.scope ?? ""} changing={changing} done={done} onAnswer={answer} onChange={!edit || asked.preview ? () => setChanging(!changing) : undefined} />
      )}
    </div>
  );
}

/** A key, for the eyes alone: a button's name stays what it does. */
function Shown({ children }: { children: string }) {
  return (
    <span aria-hidden className="only-wide">
      <Key>{children}</Key>
    </span>
  );
}

interface AnswersProps {
  /** What a yes for the session covers; empty: there is none. */
  scope: string;
  changing: boolean;
  done: boolean;
  onAnswer: (verdict: Verdict, text?: string) => void;
  onChange: (() => void) | undefined;
}

function Answers({ scope, changing, done, onAnswer, onChange }: AnswersProps) {
  const [words, setWords] = useState("");
  const [shown] = useState(() => performance.now());
  const note = useRef<HTMLDivElement>(null);
  const session = scope !== "" && !changing;
  const settled = (run: () => void) => () => !done && performance.now() - shown > SETTLING && run();
  const refuse = () => onAnswer("no", words.trim());
  const keys: readonly (Shortcut | false)[] = [
    { keys: "y", about: "Allow what it asks, once", run: settled(() => onAnswer("once")) },
    session && { keys: "Y", about: "Allow it for this session", run: settled(() => onAnswer("session")) },
    { keys: "n", about: "Refuse, with a note", run: () => note.current?.querySelector("input")?.focus() },
  ];
  useShortcuts(keys.filter((one) => one !== false));
  return (
    <>
      <div className="row wrap">
        <Button look="primary" busy={done} aria-keyshortcuts={changing ? "Control+Enter" : "y"} onClick={() => onAnswer("once")}>
          {changing ? "Allow it so" : "Allow once"} <Shown>{changing ? "Ctrl ↵" : "y"}</Shown>
        </Button>
        {session && (
          <Button disabled={done} onClick={() => onAnswer("session")} aria-describedby="ask-scope" aria-keyshortcuts="Y">
            Allow for this session <Shown>Y</Shown>
          </Button>
        )}
        {onChange && (
          <Button look="quiet" disabled={done} onClick={onChange} aria-expanded={changing}>
            {changing ? "As it was" : "Change it first"}
          </Button>
        )}
      </div>
      {session && (
        <p className="faint small" id="ask-scope" dir="auto">
          For this session: {scope}
        </p>
      )}
      <div className="row ask-refuse" ref={note}>
        <Input
          label="Note with a refusal (optional)"
          placeholder="What to do instead"
          dir="auto"
          value={words}
          disabled={done}
          onChange={(event) => setWords(event.target.value)}
          onKeyDown={(event) => (event.key === "Enter" ? (event.preventDefault(), refuse()) : event.key === "Escape" && event.currentTarget.blur())}
        />
        <Button look="danger" disabled={done} onClick={refuse}>
          Refuse <Shown>n ↵</Shown>
        </Button>
      </div>
    </>
  );
}
