// What a person says to an attempt. What is not heard yet is shown as such, until the log has it.
import { useMutation } from "@tanstack/react-query";
import { useSyncExternalStore } from "react";
import { api, data, type Schemas } from "../api/client";
import { say, sayTrouble } from "../kit";

type Body = Schemas["SteerInput"] | Schemas["AnswerInput"] | Schemas["InterruptInput"] | Schemas["RaiseBudgetInput"];
export type Given =
  | Pick<Schemas["SteerInput"], "type" | "text">
  | (Pick<Schemas["AnswerInput"], "type" | "question"> & Partial<Schemas["AnswerInput"]>)
  | (Pick<Schemas["InterruptInput"], "type"> & { reason?: string })
  | Schemas["RaiseBudgetInput"];

export interface Unheard {
  readonly id: string;
  readonly attempt: string;
  readonly text: string;
  readonly at: number;
}

let unheard: readonly Unheard[] = [];
const listeners = new Set<() => void>();

function change(now: readonly Unheard[]): void {
  unheard = now;
  listeners.forEach((listener) => listener());
}

/** Remarks of this page to an attempt that its log does not have yet. */
export function useUnheard(attempt: string, heard: ReadonlySet<string>): Unheard[] {
  const all = useSyncExternalStore(
    (listener) => (listeners.add(listener), () => listeners.delete(listener)),
    () => unheard,
  );
  return all.filter((one) => one.attempt === attempt && !heard.has(one.id));
}

export function useGive(attempt: string) {
  return useMutation({
    mutationFn: (body: Given) => data(api.POST("/api/v1/attempts/{attempt}/inputs", { params: { path: { attempt } }, body: body as Body })),
    onSuccess: (taken, body) => {
      if (body.type === "steer") change([...unheard.slice(-20), { id: taken.id, attempt, text: body.text, at: Date.now() / 1000 }]);
      if (body.type === "answer" && taken.state === "known") say("Somebody answered first: theirs counts.", "info");
    },
    onError: sayTrouble,
  });
}
