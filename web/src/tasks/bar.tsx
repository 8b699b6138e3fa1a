// What the list is narrowed to: groups of states, words, project, person.
import { useQuery } from "@tanstack/react-query";
import { Search, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { Key } from "../kit";
import { useShortcuts } from "../shell/keys";
import { counted, GROUPS, searchOf, STATES, type Filter } from "./filters";

interface Props {
  filter: Filter;
  onChange: (change: Partial<Filter>) => void;
}

/** Groups of states, with how many tasks each has. */
export function Tabs({ filter, counts, onChange }: Props & { counts: Schemas["TaskCounts"] | undefined }) {
  return (
    <nav className="tasks-tabs" aria-label="States">
      {GROUPS.map((group) => {
        const count = counts && counted(group, counts);
        return (
          <button
            key={group.value}
            type="button"
            className="tasks-tab"
            aria-pressed={filter.state === group.value}
            onClick={() => onChange({ state: group.value })}
          >
            {group.label}
            <span className={group.value === "needs" && count ? "tasks-count needs" : "tasks-count"}>{count?.toLocaleString() ?? " "}</span>
          </button>
        );
      })}
    </nav>
  );
}

export function Bar({ filter, onChange }: Props) {
  const projects = useQuery({ queryKey: ["projects"], queryFn: () => data(api.GET("/api/v1/projects")), staleTime: 60_000 });
  const users = useQuery({ queryKey: ["users"], queryFn: () => data(api.GET("/api/v1/users", { params: { query: { limit: 500 } } })), staleTime: 60_000 });
  const names = (projects.data ?? []).map((one) => one.name);
  const people = (users.data ?? []).map((one) => one.name);
  const single = STATES.some(([state]) => state === filter.state);
  return (
    <div className="tasks-bar" role="search" aria-label="Narrow the list">
      <Words words={filter.words} onChange={(words) => onChange({ words })} />
      <Narrow label="Project" value={filter.project} all="Every project" onChange={(project) => onChange({ project })} options={known(names, filter.project)} />
      <Narrow
        label="Asked by"
        value={filter.user}
        all="Everybody"
        onChange={(user) => onChange({ user })}
        options={[["me", "Me"], ...known(people, filter.user === "me" ? "" : filter.user)]}
      />
      <Narrow label="State" value={single ? filter.state : ""} all="Any state" onChange={(state) => onChange({ state })} options={STATES} />
      {Object.keys(searchOf(filter)).length > 0 && (
        <button type="button" className="btn quiet small" onClick={() => onChange({ state: "", project: "", user: "", words: "" })}>
          <X size={14} aria-hidden /> Clear
        </button>
      )}
    </div>
  );
}

/** What may be chosen, and what is chosen already though nobody lists it (yet). */
function known(names: readonly string[], chosen: string): [string, string][] {
  const all = chosen && !names.includes(chosen) ? [chosen, ...names] : names;
  return all.map((name) => [name, name]);
}

interface NarrowProps {
  label: string;
  value: string;
  all: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
}

function Narrow({ label, value, all, options, onChange }: NarrowProps) {
  return (
    <select className={value ? "input tasks-narrow set" : "input tasks-narrow"} aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{all}</option>
      {options.map(([option, name]) => (
        <option key={option} value={option}>
          {name}
        </option>
      ))}
    </select>
  );
}

const PAUSE = 250;

/** Words to look for; asked for when one stops typing. */
function Words({ words, onChange }: { words: string; onChange: (words: string) => void }) {
  const [typed, setTyped] = useState(words);
  const field = useRef<HTMLInputElement>(null);
  const told = useRef(words);
  useShortcuts([{ keys: "/", about: "Search the tasks", run: () => field.current?.focus() }]);
  useEffect(() => {
    if (words !== told.current) setTyped(words);
    told.current = words;
  }, [words]);
  useEffect(() => {
    if (typed === told.current) return;
    const timer = setTimeout(() => {
      told.current = typed;
      onChange(typed);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [typed, onChange]);
  return (
    <div className="tasks-words">
      <Search size={15} aria-hidden />
      <input
        ref={field}
        className="input"
        type="search"
        aria-label="Search title and prompt"
        placeholder="Search title and prompt"
        dir="auto"
        maxLength={200}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          setTyped("");
          event.currentTarget.blur();
        }}
      />
      {!typed && <Key>/</Key>}
    </div>
  );
}
