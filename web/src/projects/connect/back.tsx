import { ArrowLeft } from "lucide-react";
import { Button } from "../../kit";

export function Back({ onBack }: { onBack: () => void }) {
  return (
    <Button look="quiet" onClick={onBack}>
      <ArrowLeft size={15} aria-hidden /> Back
    </Button>
  );
}
