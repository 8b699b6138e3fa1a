// Something to be taken elsewhere: shown whole, copied with one press.
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button, say } from "../kit";

export function Copied({ label, text }: { label: string; text: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setDone(true);
      setTimeout(() => setDone(false), 2000);
    } catch {
      say("The browser does not let the page copy: select the text, and copy it by hand.", "bad");
    }
  };
  return (
    <div className="copied">
      <span className="label" id={`copied-${label}`}>
        {label}
      </span>
      <div className="row">
        <code className="copied-text grow" tabIndex={0} aria-labelledby={`copied-${label}`}>
          {text}
        </code>
        <Button label={done ? "Copied" : `Copy: ${label}`} onClick={() => void copy()}>
          {done ? <Check size={16} /> : <Copy size={16} />}
        </Button>
      </div>
    </div>
  );
}
