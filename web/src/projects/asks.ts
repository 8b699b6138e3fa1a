// What the pages of projects ask the server. The server leaves out what is as it is by default: `SETTINGS` says what that is.
import { queryOptions, useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { api, data, type Schemas } from "../api/client";
import { say } from "../kit";
import type { Spec } from "./environment/spec";
import { inTurn } from "./turns";

export type Project = Schemas["Project"];
export type Settings = Schemas["ProjectSettings"];
export type Connection = Schemas["ConnectionView"];
/** Its spec has what is not as by default alone. */
export type Environment = Omit<Schemas["Environment"], "spec"> & { spec: Spec };
export type Reached = Schemas["Reached"];
export type Role = Schemas["MemberView"]["role"];

export const SETTINGS: Settings = {
  publish: "when-verified",
  merge_method: "merge",
  own_approval: true,
  slots: 0,
  branch_prefix: "pullwright/",
  labels: [],
  triggers: [],
  label: "pullwright",
  mention: "@pullwright",
  bot: "",
  trigger_user: "",
};

/** For how long a look at a repository is believed: each one fetches from the forge. */
const FRESH = 10 * 60_000;

export const asks = {
  projects: () => queryOptions({ queryKey: ["projects", "all"], queryFn: () => data(api.GET("/api/v1/projects", { params: { query: { archived: true } } })) }),
  activity: () => queryOptions({ queryKey: ["projects", "activity"], queryFn: () => data(api.GET("/api/v1/activity")), refetchInterval: 15_000 }),
  project: (project: string) => queryOptions({ queryKey: ["project", project], queryFn: () => data(api.GET("/api/v1/projects/{project}", { params: { path: { project } } })) }),
  check: (project: string) =>
    queryOptions({
      queryKey: ["project", project, "check"],
      queryFn: async () => ({ ...(await inTurn(() => data(api.GET("/api/v1/projects/{project}/check", { params: { path: { project } } })))), at: Date.now() / 1000 }),
      staleTime: FRESH,
      gcTime: 3 * FRESH,
      retry: false,
      refetchOnWindowFocus: false,
    }),
  branches: (project: string) =>
    queryOptions({
      queryKey: ["project", project, "branches"],
      queryFn: () => data(api.GET("/api/v1/projects/{project}/branches", { params: { path: { project } } })),
      staleTime: 60_000,
      retry: false,
    }),
  members: (project: string) => queryOptions({ queryKey: ["project", project, "members"], queryFn: () => data(api.GET("/api/v1/projects/{project}/members", { params: { path: { project } } })) }),
  schedules: (project: string) => queryOptions({ queryKey: ["project", project, "schedules"], queryFn: () => data(api.GET("/api/v1/projects/{project}/schedules", { params: { path: { project } } })) }),
  environments: (project: string) =>
    queryOptions({ queryKey: ["project", project, "environments"], queryFn: async () => (await data(api.GET("/api/v1/projects/{project}/environments", { params: { path: { project } } }))) as unknown as Environment[] }),
  environment: (project: string, environment: string) =>
    queryOptions({
      queryKey: ["project", project, "environments", environment],
      queryFn: async () => (await data(api.GET("/api/v1/projects/{project}/environments/{environment}", { params: { path: { project, environment } } }))) as unknown as Environment,
    }),
  readiness: (project: string, environment: string) =>
    queryOptions({
      queryKey: ["project", project, "environments", environment, "readiness"],
      queryFn: () => data(api.GET("/api/v1/projects/{project}/environments/{environment}/readiness", { params: { path: { project, environment } } })),
      retry: false,
      staleTime: 30_000,
    }),
  setups: (project: string, environment: string) =>
    queryOptions({
      queryKey: ["project", project, "environments", environment, "setups"],
      queryFn: () => data(api.GET("/api/v1/projects/{project}/environments/{environment}/setups", { params: { path: { project, environment } } })),
    }),
  secrets: (project: string, environment: string) =>
    queryOptions({
      queryKey: ["project", project, "environments", environment, "secrets"],
      queryFn: () => data(api.GET("/api/v1/projects/{project}/environments/{environment}/secrets", { params: { path: { project, environment } } })),
    }),
  budgets: (project: string) => queryOptions({ queryKey: ["project", project, "budgets"], queryFn: () => data(api.GET("/api/v1/budgets", { params: { query: { project } } })) }),
  users: () => queryOptions({ queryKey: ["users"], queryFn: () => data(api.GET("/api/v1/users", { params: { query: { limit: 500 } } })), staleTime: 60_000 }),
  server: () => queryOptions({ queryKey: ["server"], queryFn: () => data(api.GET("/api/v1/server")), staleTime: 60_000 }),
  connections: () => queryOptions({ queryKey: ["connections"], queryFn: () => data(api.GET("/api/v1/connections")) }),
  connectionCheck: (connection: string) =>
    queryOptions({
      queryKey: ["connections", connection, "check"],
      queryFn: async () => ({ ...(await data(api.GET("/api/v1/connections/{connection}/check", { params: { path: { connection } } }))), at: Date.now() / 1000 }),
      staleTime: FRESH,
      retry: false,
      refetchOnWindowFocus: false,
    }),
  repositories: (connection: string) =>
    queryOptions({
      queryKey: ["connections", connection, "repositories"],
      queryFn: () => data(api.GET("/api/v1/connections/{connection}/repositories", { params: { path: { connection } } })),
      staleTime: 60_000,
      retry: false,
    }),
  deliveries: (connection: string) =>
    queryOptions({
      queryKey: ["connections", connection, "deliveries"],
      queryFn: () => data(api.GET("/api/v1/connections/{connection}/deliveries", { params: { path: { connection }, query: { limit: 100 } } })),
    }),
};

/** Do something, have what it changed be asked for again, and say that it is done. */
export function useDo<V, T>(what: (value: V) => Promise<T>, { changes, done }: { changes: QueryKey; done?: string | ((result: T) => string) }) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: what,
    onSuccess: async (result: T) => {
      if (done) say(typeof done === "string" ? done : done(result), "good");
      await client.invalidateQueries({ queryKey: changes });
    },
  });
}
