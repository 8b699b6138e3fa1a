// Which tasks a list shows: kept in the address, so that a filtered list can be linked.
import type { Schemas } from "../api/client";

export type Line = Schemas["TaskLine"];
export type TaskState = Line["state"];

/** `state` is a group's name or one state's; empty: all. `user` may be `me`. */
export interface Filter {
  state: string;
  project: string;
  user: string;
  words: string;
}

export const NOTHING: Filter = { state: "", project: "", user: "", words: "" };

interface Group {
  value: string;
  label: string;
  states: readonly TaskState[];
}

export const GROUPS: readonly Group[] = [
  { value: "", label: "All", states: [] },
  { value: "needs", label: "Needs you", states: ["needs_input", "review"] },
  { value: "active", label: "Active", states: ["queued", "running", "paused"] },
  { value: "done", label: "Done", states: ["merged", "answered"] },
  { value: "stopped", label: "Stopped", states: ["failed", "over_budget", "cancelled"] },
];

export const STATES: readonly [TaskState, string][] = [
  ["queued", "Queued"],
  ["running", "Running"],
  ["needs_input", "Needs an answer"],
  ["review", "In review"],
  ["merged", "Merged"],
  ["answered", "Answered"],
  ["failed", "Failed"],
  ["over_budget", "Over budget"],
  ["cancelled", "Cancelled"],
  ["paused", "Paused"],
];

/** The filter that an address has. What is not known there is nothing. */
export function filterOf(search: Record<string, unknown>): Filter {
  const text = (name: keyof Filter) => (["string", "number"].includes(typeof search[name]) ? String(search[name]) : "");
  const state = text("state");
  const known = GROUPS.some((group) => group.value === state) || STATES.some(([one]) => one === state);
  return { state: known ? state : "", project: text("project"), user: text("user"), words: text("words") };
}

/** What of a filter goes into the address: what is set. */
export function searchOf(filter: Filter): Partial<Filter> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) as Partial<Filter>;
}

/** What the server is asked for. */
export function askedFor(filter: Filter): { project?: string; user?: string; words?: string; state?: string[]; needing?: boolean } {
  const group = GROUPS.find((one) => one.value === filter.state);
  const states = group ? [...group.states] : filter.state ? [filter.state] : [];
  return {
    ...(filter.project && { project: filter.project }),
    ...(filter.user && { user: filter.user }),
    ...(filter.words.trim() && { words: filter.words.trim() }),
    ...(filter.state === "needs" ? { needing: true } : states.length ? { state: states } : {}),
  };
}

/** How many tasks a group has, of what the server counted. */
export function counted(group: Group, counts: Schemas["TaskCounts"]): number {
  if (group.value === "needs") return counts.needing;
  const states = counts.states as Partial<Record<TaskState, number>>;
  const wanted = group.states.length ? group.states : (Object.keys(states) as TaskState[]);
  return wanted.reduce((sum, state) => sum + (states[state] ?? 0), 0);
}

/** Whether a person is waited for. A running task waits too while it asks something. */
export function needsPerson(line: Line): boolean {
  return line.state === "needs_input" || line.state === "review" || (line.state === "running" && line.asks !== "");
}
