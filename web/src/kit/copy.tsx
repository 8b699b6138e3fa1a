// What is taken along: a button that copies, and a value that is shown this once.
import { Check as Done, Copy as Icon } from "lucide-react";
import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import { Button } from "./controls";

/** Copies a text, and says so for a moment. Without the clipboard's permission it says that instead. */
export function Copy({ text, label = "Copy", small = true }: { text: string; label?: string; small?: boolean }) {
  const [said, setSaid] = useState<"" | "Copied" | "Not copied: select it and copy it by hand">("");
  const timer = useRef(0);
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied");
    } catch {
      setSaid(byHand(text) ? "Copied" : "Not copied: select it and copy it by hand");
    }
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setSaid(""), 2500);
  };
  return (
    <Button small={small} onClick={() => void copy()} className="copy">
      {said === "Copied" ? <Done size={14} aria-hidden /> : <Icon size={14} aria-hidden />}
      <span aria-live="polite">{said || label}</span>
    </Button>
  );
}

/** Plain http on another machine than this one has no clipboard: the old way still works there. */
function byHand(text: string): boolean {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "sr-only";
  // Within a dialog, what is outside of it cannot have the focus.
  (document.querySelector("[role=dialog]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}

/** A value in a box of its own, with a button to copy it. */
export function Copyable({ text, about, lines }: { text: string; about: ReactNode; lines?: boolean }) {
  const id = useId();
  return (
    <div className="field">
      <div className="row spread">
        <span className="label" id={id}>
          {about}
        </span>
        <Copy text={text} />
      </div>
      <pre className={lines ? "copyable lines" : "copyable"} dir="ltr" tabIndex={0} role="group" aria-labelledby={id}>
        {text}
      </pre>
    </div>
  );
}
