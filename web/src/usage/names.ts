// Whose an id is: people, projects, keys and tasks by the names that a reader knows.
import { useQueries, useQuery } from "@tanstack/react-query";
import { api, data } from "../api/client";
import { useMe } from "../session/me";
import type { Group } from "./filters";
import { REST } from "./series";

export function useProjects() {
  return useQuery({ queryKey: ["projects", "with archived"], queryFn: () => data(api.GET("/api/v1/projects", { params: { query: { archived: true } } })), staleTime: 60_000 });
}

/** Everybody, page after page. Who administers nothing is told names alone. */
export function usePeople() {
  return useQuery({
    queryKey: ["users"],
    queryFn: async () => {
      const all = await data(api.GET("/api/v1/users", { params: { query: { limit: 500 } } }));
      for (let page = all; page.length === 500; ) {
        page = await data(api.GET("/api/v1/users", { params: { query: { limit: 500, after: page.at(-1)?.name } } }));
        all.push(...page);
      }
      return all;
    },
    staleTime: 60_000,
  });
}

export function useKeys(everybodys: boolean) {
  return useQuery({ queryKey: ["keys", everybodys], queryFn: () => data(api.GET("/api/v1/keys", { params: { query: { all: everybodys } } })), staleTime: 30_000 });
}

const NONE: Record<Group, string> = { project: "No project", user: "Nobody", model: "Unknown model", task: "Calls of the API", key: "Without a key" };

/** The name of an id, by what it is of; an id that is nobody's any more stays an id. */
export function useNames(): (of: Group, id: string) => string {
  const me = useMe();
  const projects = useProjects();
  const people = usePeople();
  const keys = useKeys(me.is_admin);
  const known = new Map<string, string>();
  for (const project of projects.data ?? []) known.set(project.id, project.name);
  for (const person of people.data ?? []) known.set(person.id, person.name);
  for (const key of keys.data ?? []) known.set(key.id, key.name);
  return (of, id) => (id === REST ? "All others" : id === "" ? NONE[of] : (known.get(id) ?? id));
}

/** Titles of some tasks. One that is gone, or not to be seen, has none. */
export function useTitles(ids: readonly string[]): Map<string, string> {
  return useQueries({
    queries: ids.map((task) => ({
      queryKey: ["task", task, "title"],
      queryFn: () => data(api.GET("/api/v1/tasks/{task}", { params: { path: { task } } })).then((view) => view.title),
      staleTime: 600_000,
      retry: false,
    })),
    combine: (results) => new Map(results.flatMap((one, index) => (one.data ? [[ids[index] as string, one.data] as [string, string]] : []))),
  });
}
