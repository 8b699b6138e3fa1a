// What the page asks the server for.
import { useQueries, useQuery, useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { api, data, type Schemas } from "../api/client";
import { listen } from "../api/stream";
import { fileHunks, type ChangedFile } from "./difference/rows";
import type { Carried } from "./remarks/placing";

export type Task = Schemas["TaskView"];
export type Attempt = Schemas["AttemptView"];
export type Reviews = Schemas["ReviewView"];

/** The part of a report that a reviewer reads first. */
export interface Report {
  message: string;
  not_checked?: string[];
  verified?: { why: string; command: string; red_to_green?: string[]; newly_failing?: string[]; removed?: string[]; flags?: string[] } | null;
}

/** The task, again whenever it changes. */
export function useTask(id: string) {
  const client = useQueryClient();
  useEffect(
    () =>
      listen(`/api/v1/tasks/${encodeURIComponent(id)}/stream`, {
        onFrame: (frame) => frame.event === "task" && client.setQueryData(["task", id], JSON.parse(frame.data) as Task),
      }),
    [client, id],
  );
  return useQuery({ queryKey: ["task", id], queryFn: () => data(api.GET("/api/v1/tasks/{task}", { params: { path: { task: id } } })) });
}

export function useProject(name: string) {
  return useQuery({ queryKey: ["project", name], queryFn: () => data(api.GET("/api/v1/projects/{project}", { params: { path: { project: name } } })) });
}

export function useReviews(task: string) {
  return useQuery({ queryKey: ["task", task, "reviews"], queryFn: () => data(api.GET("/api/v1/tasks/{task}/reviews", { params: { path: { task } } })) });
}

function filesQuery(attempt: string, head: string, since: string) {
  return {
    queryKey: ["attempt", attempt, "files", head, since],
    queryFn: () => data(api.GET("/api/v1/attempts/{attempt}/files", { params: { path: { attempt }, query: { since } } })),
    enabled: !!head,
    staleTime: Infinity,
    gcTime: 120_000,
    structuralSharing: false,
  };
}

export function useFiles(attempt: string, head: string, since: string) {
  return useQuery(filesQuery(attempt, head, since));
}

/** What changed since each of these earlier heads, to carry the remarks of then along. One that cannot be had carries none. */
export function useCarried(attempt: string, head: string, heads: readonly string[]): ReadonlyMap<string, Carried> {
  const told = useQueries({ queries: heads.map((since) => ({ ...filesQuery(attempt, head, since), retry: false })) }).map((result) => result.data);
  // The same map as long as it says the same: all rows of the change hang on it.
  const before = useRef(told);
  if (told.length !== before.current.length || told.some((files, index) => files !== before.current[index])) before.current = told;
  const stable = before.current;
  return useMemo(() => {
    const found = new Map<string, Carried>();
    stable.forEach((files, index) => files && found.set(heads[index] as string, carriedBy(files)));
    return found;
  }, [heads, stable]);
}

const known = new WeakMap<readonly ChangedFile[], Carried>();

function carriedBy(files: readonly ChangedFile[]): Carried {
  const found = known.get(files);
  if (found) return found;
  const made = new Map(files.filter((file) => !file.cut).map((file) => [file.was, { path: file.path, gone: file.status === "deleted", hunks: fileHunks(file) }]));
  known.set(files, made);
  return made;
}

export function useReport(attempt: string, head: string) {
  return useQuery({
    queryKey: ["attempt", attempt, "report", head],
    queryFn: async () => (await data(api.GET("/api/v1/attempts/{attempt}/report.json", { params: { path: { attempt } } }))) as unknown as Report,
    enabled: !!head,
    retry: false,
  });
}

/** Names of people by their ids. */
export function useNames(): (id: string) => string {
  const { data: users } = useQuery({ queryKey: ["users"], queryFn: () => data(api.GET("/api/v1/users")), staleTime: 300_000 });
  return useCallback((id: string) => users?.find((user) => user.id === id)?.name ?? "somebody", [users]);
}

export function linesOfFile(attempt: string, path: string, from: number, to: number) {
  return data(api.GET("/api/v1/attempts/{attempt}/file", { params: { path: { attempt }, query: { path, side: "new", from, to } } }));
}

export async function wholeFile(attempt: string, path: string, since: string): Promise<ChangedFile | undefined> {
  return (await data(api.GET("/api/v1/attempts/{attempt}/files", { params: { path: { attempt }, query: { path, since } } })))[0];
}
