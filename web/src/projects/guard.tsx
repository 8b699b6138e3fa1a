// Who leaves with something unsaved is asked first.
import { useBlocker } from "@tanstack/react-router";
import { Button, Dialog } from "../kit";

export function Guard({ dirty, onSave }: { dirty: boolean; onSave?: () => Promise<boolean> }) {
  const blocker = useBlocker({
    shouldBlockFn: () => dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  });
  if (blocker.status !== "blocked") return null;
  return (
    <Dialog open onClose={blocker.reset} title="Leave without saving?" about="What you changed here is not saved yet.">
      <div className="row wrap">
        {onSave && (
          <Button look="primary" onClick={() => void onSave().then((saved) => (saved ? blocker.proceed() : blocker.reset()))}>
            Save and leave
          </Button>
        )}
        <Button look="danger" onClick={blocker.proceed}>
          Discard and leave
        </Button>
        <Button onClick={blocker.reset}>Stay</Button>
      </div>
    </Dialog>
  );
}
