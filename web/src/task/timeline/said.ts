// Events that are told in one line of words.
import { duration } from "../../kit/shown";
import type { Logged, Of } from "./event";
import type { NoteRow } from "./row";

type Told = readonly [text: string, tone: NoteRow["tone"]];

const figure = (ceiling: string | undefined, value: number): string =>
  ceiling === "usd" ? `$${value.toFixed(2)}` : ceiling === "seconds" ? duration(value) : `${Math.round(value).toLocaleString()} ${ceiling ?? ""}`;

export function budgetWords({ level, ceiling, spent = 0, limit = 0 }: Of<"budget_reached">): string {
  return `Budget ${level === "soft" ? "nearly used up" : "used up"}: ${figure(ceiling, spent)} of ${figure(ceiling, limit)}`;
}

export function retryWords(event: Of<"model_retried">): string {
  return `The model call is sent again${event.wait ? ` in ${duration(event.wait)}` : ""}: ${event.reason ?? ""}${event.status ? ` (status ${event.status})` : ""}`;
}

function hook(event: Of<"hook_ran">): Told | null {
  const text = event.text?.trim() ?? "";
  const decision = event.decision ?? "";
  if (!event.failed && !text && ["", "allow", "approve", "continue"].includes(decision)) return null;
  const bad = event.failed || ["deny", "block", "refuse", "stop"].includes(decision);
  return [`Hook ${event.event} (${event.command}) ${event.failed ? "failed" : decision || "said"}${text ? `: ${text}` : ""}`, bad ? "warn" : "plain"];
}

function input(event: Of<"input_received">): Told | null {
  const given = event.input;
  const by = given?.by ? ` by ${given.by}` : "";
  if (given?.type === "interrupt") return [`Stopped${by}${given.reason ? `: ${given.reason}` : ""}`, "warn"];
  if (given?.type === "raise_budget") return [`The budget was raised${by}`, "plain"];
  if (given?.type === "compact") return [`Asked to shorten the conversation${by}`, "plain"];
  return null;
}

/** The words for an event that has no row of its own kind; null where a reader need not know of it. */
export function told(event: Logged): Told | null {
  switch (event.type) {
    case "model_retried":
      return [retryWords(event), "warn"];
    case "budget_reached":
      return [budgetWords(event), event.level === "hard" ? "bad" : "warn"];
    case "noticed":
      return [event.text ?? "", event.level === "error" ? "bad" : event.level === "warning" ? "warn" : "plain"];
    case "hook_ran":
      return hook(event);
    case "input_received":
      return input(event);
    case "compacted":
      return [
        `Conversation ${event.how === "masked" ? "shortened (old outputs masked)" : "summarised"}: ${(event.tokens_before ?? 0).toLocaleString()} to ${(event.tokens_after ?? 0).toLocaleString()} tokens`,
        "plain",
      ];
    case "rewound":
      return [`Went back to event ${event.to}${event.files === false ? "; the files stay as they are" : ""}`, "warn"];
    case "forked":
      return [`Continues ${event.parent} from its event ${event.at}`, "plain"];
    default:
      return null;
  }
}
