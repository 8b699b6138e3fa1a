// What the stream of an attempt sends: logged events as they lie in the log, and live frames, which pass.
// The log leaves out what has its default value, so every field but the type may be missing.
import type { Schemas } from "../../api/client";

type Sparse<T> = T extends readonly (infer U)[] ? readonly Sparse<U>[] : T extends object ? { readonly [K in keyof T]?: Sparse<T[K]> } : T;

type Stamped<T> = T extends { type: infer K } ? { readonly type: K; readonly seq: number; readonly time: number } & Sparse<Omit<T, "type" | "seq" | "time">> : never;

export type Logged = Stamped<Schemas["EventPage"]["events"][number]>;
export type Of<K extends Logged["type"]> = Extract<Logged, { type: K }>;

export type Live =
  | { readonly live: "text" | "reasoning"; readonly item: string; readonly offset: number; readonly text: string }
  | { readonly live: "call"; readonly item: string; readonly name: string; readonly offset: number; readonly text: string }
  | { readonly live: "output"; readonly call_id: string; readonly text: string }
  | { readonly live: "progress"; readonly what: string; readonly done?: number; readonly total?: number | null; readonly unit?: string };

interface Part {
  readonly type?: string;
  readonly text?: string;
  readonly refusal?: string;
}

/** A conversation item, as far as it is shown. */
export interface Item {
  readonly type?: string;
  readonly id?: string | null;
  readonly role?: string;
  readonly content?: string | readonly Part[] | null;
  readonly summary?: readonly Part[];
  readonly call_id?: string;
  readonly name?: string;
  readonly arguments?: string;
  readonly input?: string;
  readonly output?: string | readonly Part[];
}

/** All text of an item's parts; images and files left out. */
export function textOf(content: string | readonly Part[] | null | undefined): string {
  if (!content) return "";
  if (typeof content === "string") return content;
  return content.map((part) => part.text ?? part.refusal ?? "").join("");
}
