// What a person may do to a task just now: by its state, and by their role in its project.
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { api, data } from "../../api/client";
import { say, sayTrouble } from "../../kit";
import { isOver, taskQuery, type Attempt, type Task } from "../task";

export interface Possible {
  readonly stop: boolean;
  readonly pause: boolean;
  readonly resume: boolean;
  readonly cancel: boolean;
  readonly retry: boolean;
  readonly afresh: boolean;
  readonly raise: boolean;
  readonly review: boolean;
  readonly steer: boolean;
}

export function possible(task: Task, attempt: Attempt | undefined, member: boolean): Possible {
  const merged = task.state === "merged";
  const states = task.attempts.map((one) => one.state);
  const some = (...these: string[]) => states.some((state) => these.includes(state));
  return {
    stop: member && attempt?.state === "running",
    pause: member && some("running", "queued"),
    resume: member && some("paused"),
    cancel: member && some("running", "queued", "needs_input", "paused", "review"),
    retry: member && !merged && some("failed", "cancelled", "over_budget"),
    afresh: member && !merged && !some("running", "queued"),
    raise: member && !merged && !isOver(attempt?.state ?? "merged"),
    review: task.attempts.some((one) => !!one.head),
    steer: member && !!attempt && !merged,
  };
}

type Verb = "cancel" | "pause" | "resume" | "retry" | "afresh";

const SAID: Record<Verb, string> = {
  cancel: "Cancelled: what ran is stopped, its work is kept.",
  pause: "Paused: what ran is stopped where it can go on.",
  resume: "It goes on.",
  retry: "It goes on from where it was.",
  afresh: "A new attempt begins from the base.",
};

export function useDoing(task: Task) {
  const client = useQueryClient();
  const params = { path: { task: task.id } };
  return useMutation({
    mutationFn: (verb: Verb) => {
      if (verb === "cancel") return data(api.POST("/api/v1/tasks/{task}/cancel", { params, body: { reason: "" } }));
      if (verb === "pause") return data(api.POST("/api/v1/tasks/{task}/pause", { params }));
      if (verb === "resume") return data(api.POST("/api/v1/tasks/{task}/resume", { params }));
      return data(api.POST("/api/v1/tasks/{task}/retry", { params, body: { fresh: verb === "afresh" } }));
    },
    onSuccess: (now, verb) => {
      client.setQueryData(taskQuery(task.id).queryKey, now);
      void client.invalidateQueries({ queryKey: ["tasks"] });
      say(SAID[verb], "good");
    },
    onError: sayTrouble,
  });
}

export function useChoose(task: Task) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (attempt: Attempt) => data(api.POST("/api/v1/tasks/{task}/choose", { params: { path: { task: task.id } }, body: { attempt: attempt.id } })),
    onSuccess: (now, attempt) => {
      client.setQueryData(taskQuery(task.id).queryKey, now);
      say(`Attempt ${attempt.number} is chosen.`, "good");
    },
    onError: sayTrouble,
  });
}
