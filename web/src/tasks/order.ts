// What the composer's fields say, and the order that becomes of them.
import type { Schemas } from "../api/client";

export type Order = Schemas["TaskOrder"];
export type Approval = Order["approval"];

export interface Draft {
  prompt: string;
  /** One task a line. */
  many: boolean;
  images: readonly string[];
  project: string;
  ref: string;
  environment: string;
  mode: "code" | "ask";
  approval: Approval;
  model: string;
  template: string;
  attempts: number;
  usd: string;
  steps: string;
  /** Hours from now. */
  deadline: string;
  priority: string;
  title: string;
}

export const EMPTY: Draft = {
  prompt: "",
  many: false,
  images: [],
  project: "",
  ref: "",
  environment: "",
  mode: "code",
  approval: "full-auto",
  model: "deep",
  template: "",
  attempts: 1,
  usd: "",
  steps: "",
  deadline: "",
  priority: "",
  title: "",
};

export type Wrong = Partial<Record<keyof Draft, string>>;

/** A field's number; `null` where nothing was written, NaN for what is none. */
export function numberOf(text: string): number | null {
  const trimmed = text.trim().replace(/^\$/, "").replace(",", ".");
  return trimmed === "" ? null : Number(trimmed);
}

/** What cannot be sent as it is, by field. */
export function check(draft: Draft): Wrong {
  const wrong: Wrong = {};
  if (!draft.project) wrong.project = "Choose a project.";
  if (draft.many) {
    const lines = linesOf(draft.prompt);
    const bad = lines.find((line) => line.wrong);
    if (!lines.length) wrong.prompt = "Write one task a line.";
    else if (bad) wrong.prompt = `Line ${bad.number}: ${bad.wrong}`;
  } else if (!draft.prompt.trim() && !draft.images.length) wrong.prompt = "Say what is to be done.";
  const usd = numberOf(draft.usd);
  if (usd !== null && !(usd > 0)) wrong.usd = "A number of dollars, such as 2.50.";
  const steps = numberOf(draft.steps);
  if (steps !== null && !(Number.isInteger(steps) && steps > 0)) wrong.steps = "A whole number of steps.";
  const deadline = numberOf(draft.deadline);
  if (deadline !== null && !(deadline > 0)) wrong.deadline = "A number of hours from now.";
  const priority = numberOf(draft.priority);
  if (priority !== null && !Number.isInteger(priority)) wrong.priority = "A whole number; 0 is usual.";
  return wrong;
}

/** The orders of a draft that `check` finds nothing wrong with: one, or one for each line. */
export function ordersOf(draft: Draft): Order[] {
  const shared = sharedOf(draft);
  if (!draft.many) return [{ ...shared, prompt: draft.prompt, images: [...draft.images], ...(draft.title.trim() && { title: draft.title.trim() }) } as Order];
  return linesOf(draft.prompt).map((line) => {
    const order = { ...shared, ...line.order } as Order;
    // A question has no checks of a template, unless its line says so itself.
    if (order.mode === "ask" && !line.order.template) return { ...order, template: "" };
    return order;
  });
}

function sharedOf(draft: Draft): Partial<Order> {
  const usd = numberOf(draft.usd);
  const steps = numberOf(draft.steps);
  const deadline = numberOf(draft.deadline);
  const priority = numberOf(draft.priority);
  const budget = { ...(usd !== null && { usd }), ...(steps !== null && { steps }) };
  return {
    project: draft.project,
    mode: draft.mode,
    model: draft.model,
    attempts: draft.attempts,
    source: { kind: "web" } as Order["source"],
    ...(draft.ref && { ref: draft.ref }),
    ...(draft.environment && { environment: draft.environment }),
    ...(draft.approval !== "full-auto" && draft.mode === "code" && { approval: draft.approval }),
    ...(draft.template && draft.mode === "code" && { template: draft.template }),
    ...(Object.keys(budget).length && { budget: budget as Order["budget"] }),
    ...(deadline !== null && { deadline: deadline * 3600 }),
    ...(priority !== null && { priority }),
  };
}

export interface ListLine {
  number: number;
  text: string;
  order: Partial<Order>;
  wrong: string;
}

/** The tasks of a list: empty lines and those that begin with `#` are left out; a line may be an order in JSON. */
export function linesOf(text: string): ListLine[] {
  return text.split("\n").flatMap((raw, index): ListLine[] => {
    const line = raw.trim();
    if (!line || line.startsWith("#")) return [];
    const number = index + 1;
    if (!line.startsWith("{")) return [{ number, text: line, order: { prompt: line }, wrong: "" }];
    try {
      const order = JSON.parse(line) as Partial<Order>;
      const wrong = typeof order.prompt === "string" && order.prompt.trim() ? "" : "it has no prompt.";
      return [{ number, text: typeof order.prompt === "string" ? order.prompt : line, order, wrong }];
    } catch {
      return [{ number, text: line, order: {}, wrong: "this is not JSON." }];
    }
  });
}

const BY_PATH: readonly [RegExp, keyof Draft][] = [
  [/\.budget\.usd/, "usd"],
  [/\.budget\.steps/, "steps"],
  [/\.(prompt|project|ref|environment|model|attempts|template|deadline|priority|title|images|mode|approval)\b/, "prompt"],
];
const BY_WORDS: readonly [RegExp, keyof Draft][] = [
  [/asks for nothing|prompt is longer/i, "prompt"],
  [/environment/i, "environment"],
  [/attempts cannot/i, "attempts"],
  [/deadline/i, "deadline"],
  [/template/i, "template"],
  [/no project|archived|role .* of the project/i, "project"],
  [/model|may not use/i, "model"],
];

/** Whose field it is that a refusal is about; empty where that cannot be told. */
export function fieldOf(message: string, fields: readonly { at: string; message: string }[]): keyof Draft | "" {
  for (const field of fields) {
    for (const [pattern, name] of BY_PATH) {
      const match = pattern.exec(field.at);
      if (match) return name === "prompt" ? (match[1] as keyof Draft) : name;
    }
  }
  return BY_WORDS.find(([pattern]) => pattern.test(message))?.[1] ?? "";
}
