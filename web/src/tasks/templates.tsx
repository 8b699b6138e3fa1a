// The four kinds of work that have instructions and checks of their own.
import { useQuery } from "@tanstack/react-query";
import { ArrowUpCircle, Bug, FlaskConical, Sparkles, Wand2 } from "lucide-react";
import { useId } from "react";
import { api, data } from "../api/client";

const KNOWN: Record<string, { label: string; icon: typeof Bug; begin: string }> = {
  refactor: { label: "Refactor", icon: Wand2, begin: "Rename `Basket` to `Cart` everywhere: code, tests, docs. Behaviour stays as it is." },
  "test-backfill": { label: "Test backfill", icon: FlaskConical, begin: "Cover the error paths of @parser.py with tests." },
  "dependency-upgrade": { label: "Upgrade", icon: ArrowUpCircle, begin: "Raise `requests` to 2.32, and mend what breaks." },
  "bug-triage": { label: "Bug triage", icon: Bug, begin: "Paste the bug report: what was done, what happened, what should have." },
};

/** What a prompt with this template may look like. */
export function beginning(template: string): string {
  return KNOWN[template]?.begin ?? "Describe the change. Name files with @, say how you will know that it is right.";
}

export function Templates({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const name = useId();
  const found = useQuery({ queryKey: ["templates"], queryFn: () => data(api.GET("/api/v1/templates")), staleTime: Infinity });
  const all = [{ name: "", summary: "Anything: the agent plans for itself" }, ...(found.data ?? Object.keys(KNOWN).map((one) => ({ name: one, summary: "" })))];
  const chosen = all.find((one) => one.name === value);
  return (
    <fieldset className="templates">
      <legend className="sr-only">Kind of work</legend>
      <div className="templates-row">
        {all.map((one) => {
          const Icon = KNOWN[one.name]?.icon ?? Sparkles;
          return (
            <label key={one.name} className={one.name === value ? "template chosen" : "template"} title={one.summary}>
              <input type="radio" className="sr-only" name={name} checked={one.name === value} onChange={() => onChange(one.name)} />
              <Icon size={15} aria-hidden /> {one.name ? (KNOWN[one.name]?.label ?? one.name) : "Any change"}
            </label>
          );
        })}
      </div>
      {value && chosen?.summary && <p className="faint templates-about">{chosen.summary.slice(0, 1).toUpperCase() + chosen.summary.slice(1)}.</p>}
    </fieldset>
  );
}
