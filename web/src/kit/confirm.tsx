// What cannot be undone asks first; what is worst asks for a word to be typed.
import { useState, type FormEvent, type ReactNode } from "react";
import { Button, Dialog, Input } from "./controls";
import { Trouble } from "./shown";

interface Asked {
  title: string;
  /** What becomes of it, in a sentence or two. */
  about: ReactNode;
  /** The button's words: what is done, not "OK". */
  action: string;
  /** A word that must be typed first. */
  word?: string;
  onClose: () => void;
  /** What is done; when it fails the dialog stays, and says why. */
  run: () => Promise<unknown>;
}

export function Confirm({ title, about, action, word, onClose, run }: Asked) {
  const [typed, setTyped] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await run();
      onClose();
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <Dialog open onClose={onClose} title={title} about={about}>
      <form className="stack" onSubmit={submit}>
        {word && <Input label={`Type ${word} to go on`} value={typed} onChange={(event) => setTyped(event.target.value)} autoComplete="off" spellCheck={false} dir="auto" />}
        {error !== null && <Trouble error={error} />}
        <div className="row actions">
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" look="danger" busy={busy} disabled={!!word && typed !== word}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
