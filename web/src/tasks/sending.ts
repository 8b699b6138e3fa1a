// Sending what was composed: one task, or many of a list; what failed of those stays in the list.
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useRef, useState, type RefObject } from "react";
import { api, data, Problem } from "../api/client";
import { say } from "../kit";
import { forget, rememberProject } from "./drafts";
import { check, fieldOf, linesOf, ordersOf, type Draft, type Order, type Wrong } from "./order";

/** Orders that go in one request. */
const BATCH = 100;

interface Sending {
  busy: boolean;
  wrong: Wrong;
  /** What is wrong with no field in particular. */
  error: unknown;
  /** Lines that were refused, by their text. */
  refused: ReadonlyMap<string, string>;
  send: () => void;
  sent: RefObject<boolean>;
}

export function useSending(draft: Draft, onLeft: (prompt: string) => void): Sending {
  const client = useQueryClient();
  const navigate = useNavigate();
  const sent = useRef(false);
  const [busy, setBusy] = useState(false);
  const [tried, setTried] = useState<Draft | null>(null);
  const [problem, setProblem] = useState<unknown>(null);
  const [refused, setRefused] = useState<ReadonlyMap<string, string>>(new Map());
  // The same draft sent again, after a line that broke, is the same task; another one is another.
  const key = useMemo(() => `web-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`, [draft]); // eslint-disable-line

  const local = tried === draft ? check(draft) : {};
  const field = tried === draft && problem instanceof Problem ? fieldOf(problem.message, problem.fields) : "";
  const wrong = field && problem instanceof Problem ? { ...local, [field]: `${problem.message}. ${problem.fix}`.replace("..", ".") } : local;

  const one = async () => {
    const task = await data(api.POST("/api/v1/tasks", { params: { header: { "Idempotency-Key": key } }, body: ordersOf(draft)[0] as Order }));
    done();
    await navigate({ to: "/tasks/$task", params: { task: task.id } });
  };
  const many = async () => {
    const orders = ordersOf(draft);
    const lines = linesOf(draft.prompt);
    const failed = new Map<string, string>();
    const kept: string[] = [];
    for (let from = 0; from < orders.length; from += BATCH) {
      const body = { orders: orders.slice(from, from + BATCH) };
      const answers = await data(api.POST("/api/v1/tasks/batch", { params: { header: { "Idempotency-Key": `${key}-${from}` } }, body })).catch((error: unknown) => {
        const why = error instanceof Problem ? error.message : String(error);
        return body.orders.map(() => ({ problem: { detail: why }, task: null }));
      });
      answers.forEach((answer, index) => {
        const line = lines[from + index];
        if (!answer.problem || !line) return;
        failed.set(line.text, answer.problem.detail ?? "refused");
        kept.push(draft.prompt.split("\n")[line.number - 1] ?? line.text);
      });
    }
    const made = orders.length - kept.length;
    if (made) say(made === 1 ? "1 task was sent." : `${made} tasks were sent.`, "good");
    setRefused(failed);
    if (kept.length) return onLeft(kept.join("\n"));
    done();
    await navigate({ to: "/", search: { user: "me" } as never });
  };
  const done = () => {
    sent.current = true;
    forget();
    rememberProject(draft.project);
    void client.invalidateQueries({ queryKey: ["tasks"] });
  };
  const send = () => {
    setTried(draft);
    setProblem(null);
    if (busy || Object.keys(check(draft)).length) return;
    setBusy(true);
    void (draft.many ? many() : one()).catch(setProblem).finally(() => setBusy(false));
  };
  return { busy, wrong, error: field || tried !== draft ? null : problem, refused, send, sent };
}
