// Where a remark is written: on a line, or on several. What is being written stays while one scrolls away and back.
import { useEffect, useRef, useState } from "react";
import { Area, Button, Key } from "../../kit";
import { useDoing } from "../difference/doing";
import type { ChangedFile } from "../difference/rows";
import { linesOf, spotKey, type Remark, type Spot } from "./spot";
import { suggestionOf } from "./suggestion";

interface WritingProps {
  label: string;
  draft: string;
  begin: string;
  done: string;
  /** The lines that a suggested edit begins from; null: none can be suggested here. */
  lines: () => string[] | null;
  onDone: (text: string) => Promise<void>;
  onCancel: () => void;
}

function Writing({ label, draft, begin, done, lines, onDone, onCancel }: WritingProps) {
  const { drafts, busy } = useDoing();
  const [text, setText] = useState(drafts.get(draft) ?? begin);
  const area = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const field = area.current?.querySelector("textarea");
    field?.focus({ preventScroll: true });
    field?.setSelectionRange(field.value.length, field.value.length);
  }, []);
  const write = (now: string) => {
    setText(now);
    drafts.set(draft, now);
  };
  const send = () => {
    if (!text.trim() || busy) return;
    void onDone(text).then(
      () => drafts.delete(draft),
      () => undefined,
    );
  };
  const cancel = () => {
    drafts.delete(draft);
    onCancel();
  };
  const suggest = () => {
    const wanted = lines();
    if (wanted) write(`${text}${text && !text.endsWith("\n") ? "\n" : ""}${suggestionOf(wanted)}`);
    area.current?.querySelector("textarea")?.focus();
  };
  return (
    <div
      className="r-editor"
      ref={area}
      onKeyDown={(event) => {
        if (event.key === "Escape") cancel();
        if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) send();
        event.stopPropagation();
      }}
    >
      <Area label={label} dir="auto" rows={Math.min(14, Math.max(3, text.split("\n").length + 1))} maxLength={20_000} value={text} onChange={(event) => write(event.target.value)} />
      <div className="row wrap">
        <Button look="primary" small onClick={send} disabled={!text.trim()} busy={busy}>
          {done}
        </Button>
        <Button small onClick={cancel}>
          Cancel
        </Button>
        {lines() !== null && (
          <Button look="quiet" small onClick={suggest}>
            Suggest an edit
          </Button>
        )}
        <span className="grow" />
        <span className="faint r-keys">
          <Key>Ctrl Enter</Key> to add, <Key>Esc</Key> to leave
        </span>
      </div>
    </div>
  );
}

export function NewRemark({ file, spot }: { file: ChangedFile; spot: Spot }) {
  const doing = useDoing();
  return (
    <div className="r-row">
      <Writing
        label={`Remark on ${spot.side === "old" ? "old " : ""}${linesOf(spot)}`}
        draft={spotKey(spot)}
        begin=""
        done="Add remark"
        lines={() => (spot.side === "new" ? doing.textAt(file, spot) : null)}
        onDone={(text) => doing.save(spot, text)}
        onCancel={() => doing.close(spot)}
      />
    </div>
  );
}

export function Rewording({ remark, onClose }: { remark: Remark; onClose: () => void }) {
  const doing = useDoing();
  return (
    <Writing
      label="Remark"
      draft={remark.id}
      begin={remark.text}
      done="Save"
      lines={() => null}
      onDone={(text) => doing.reword(remark, text).then(onClose)}
      onCancel={onClose}
    />
  );
}
