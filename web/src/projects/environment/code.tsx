// A script being written: line numbers beside it, the line that failed marked. Tab indents; Escape, then Tab, leaves.
import { useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  wrong?: string;
  disabled?: boolean;
  placeholder?: string;
  /** The line that failed, from 1 on; 0 for none. */
  failing?: number;
  rows?: number;
}

const INDENT = "  ";

export function Code({ label, value, onChange, hint, wrong, disabled, placeholder, failing = 0, rows = 5 }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [leaving, setLeaving] = useState(false);
  const lines = value.split("\n").length;
  const keys = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === "Escape") return setLeaving(true);
    if (event.key !== "Tab" || leaving || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    indent(event.currentTarget, event.shiftKey);
    onChange(event.currentTarget.value);
  };
  return (
    <div className="field">
      <label className="label" htmlFor={id}>
        {label}
      </label>
      <div className={wrong ? "code wrong" : "code"} data-disabled={disabled || undefined}>
        <div className="code-numbers" aria-hidden>
          {Array.from({ length: Math.max(lines, rows) }, (_, index) => (
            <span key={index} className={index + 1 === failing ? "failing" : ""}>
              {index < lines ? index + 1 : ""}
            </span>
          ))}
        </div>
        <div className="code-text">
          {failing > 0 && failing <= lines && <span className="code-failing" style={{ top: `calc(8px + ${failing - 1} * 1.5em)` }} aria-hidden />}
          <textarea
            ref={area}
            id={id}
            dir="ltr"
            wrap="off"
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            rows={Math.max(lines, rows)}
            value={value}
            readOnly={disabled}
            placeholder={placeholder}
            aria-invalid={!!wrong || undefined}
            aria-describedby={`${id}-keys ${id}-more`}
            onChange={(event) => onChange(event.target.value)}
            onKeyDown={keys}
            onFocus={() => setLeaving(false)}
          />
        </div>
      </div>
      <span className="sr-only" id={`${id}-keys`}>
        Tab indents. To leave with Tab, press Escape first.
      </span>
      <span className="hint" id={`${id}-more`}>
        {failing > 0 && <strong className="code-said">Line {failing} failed. </strong>}
        {hint}
      </span>
      {wrong && (
        <span className="wrong" role="alert">
          {wrong}
        </span>
      )}
    </div>
  );
}

/** Indent the lines that are chosen, or take it back; through the browser's own editing, so that undo knows of it. */
function indent(area: HTMLTextAreaElement, back: boolean): void {
  const { selectionStart: start, selectionEnd: end, value } = area;
  if (start === end && !back) return insert(area, INDENT, start, end);
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const changed = lines.map((line) => (back ? line.replace(/^( {1,2}|\t)/, "") : INDENT + line)).join("\n");
  insert(area, changed, from, end);
  area.setSelectionRange(from, from + changed.length);
}

function insert(area: HTMLTextAreaElement, text: string, from: number, to: number): void {
  area.setSelectionRange(from, to);
  // Deprecated, and the one way that keeps undo; without it the text is set all the same.
  if (!document.execCommand?.("insertText", false, text)) area.setRangeText(text, from, to, "end");
}
