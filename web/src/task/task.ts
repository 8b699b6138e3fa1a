// The task of a page, as it stands: asked for once, then told whenever it changes.
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, data, type Schemas } from "../api/client";
import { listen } from "../api/stream";

export type Task = Schemas["TaskView"];
export type Attempt = Schemas["AttemptView"];

export function taskQuery(task: string) {
  return queryOptions({
    queryKey: ["task", task],
    queryFn: () => data(api.GET("/api/v1/tasks/{task}", { params: { path: { task } } })),
  });
}

export function useTask(id: string) {
  const client = useQueryClient();
  const found = useQuery(taskQuery(id));
  const there = found.isSuccess;
  useEffect(() => {
    if (!there) return;
    return listen(`/api/v1/tasks/${encodeURIComponent(id)}/stream`, {
      onFrame: (frame) => {
        if (frame.event === "task") client.setQueryData(taskQuery(id).queryKey, JSON.parse(frame.data) as Task);
      },
    });
  }, [client, id, there]);
  return found;
}

/** The attempt that an address means: by id or number; else the one that a person chose, that asks, that runs, or the first. */
export function attemptOf(task: Task, asked: string | undefined): Attempt | undefined {
  const { attempts } = task;
  return (
    attempts.find((one) => one.id === asked || String(one.number) === asked) ??
    attempts.find((one) => one.id === task.chosen) ??
    attempts.find((one) => one.asks) ??
    attempts.find((one) => one.state === "needs_input") ??
    attempts.find((one) => one.state === "running") ??
    attempts.find((one) => one.state === "review") ??
    attempts[0]
  );
}

const OVER = new Set(["merged", "answered", "failed", "cancelled", "over_budget"]);
export const isOver = (state: string) => OVER.has(state);

export function changeOf(attempt: Attempt): Schemas["ChangeSummary"] | null {
  return attempt.outcome?.change ?? null;
}
