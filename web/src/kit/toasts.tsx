// Short words about what was done, or was not.
import { useSyncExternalStore } from "react";
import { Problem } from "../api/client";

interface Toast {
  id: number;
  tone: "info" | "good" | "bad";
  text: string;
}

let toasts: readonly Toast[] = [];
let next = 1;
const listeners = new Set<() => void>();
const change = (now: readonly Toast[]) => {
  toasts = now;
  listeners.forEach((listener) => listener());
};

export function say(text: string, tone: Toast["tone"] = "info"): void {
  const id = next++;
  change([...toasts.slice(-3), { id, tone, text }]);
  setTimeout(() => change(toasts.filter((toast) => toast.id !== id)), tone === "bad" ? 9000 : 4500);
}

export function sayTrouble(error: unknown): void {
  say(error instanceof Problem ? `${error.message}. ${error.fix}`.replace("..", ".") : String(error), "bad");
}

export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((toast) => (
        <div key={toast.id} className={`toast ${toast.tone}`} dir="auto">
          {toast.text}
        </div>
      ))}
    </div>
  );
}
