// A line to copy into a terminal.
import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button, say } from "../kit";

export async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    say("The browser does not let the page copy. Select the line instead.", "bad");
    return false;
  }
}

export function CopyLine({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const take = async () => {
    if (!(await copied(text))) return;
    setDone(true);
    window.setTimeout(() => setDone(false), 1600);
  };
  return (
    <div className="copy-line">
      <code tabIndex={0} dir="ltr">
        {text}
      </code>
      <Button look="quiet" small label={done ? "Copied" : label} onClick={() => void take()}>
        {done ? <Check size={14} /> : <Copy size={14} />}
      </Button>
    </div>
  );
}
