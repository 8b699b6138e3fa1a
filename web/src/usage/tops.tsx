// Who and what used the most, each with the way to it.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { Bones, Button, count, Trouble } from "../kit";
import { Amount } from "./amount";
import { askSums } from "./asking";
import { query, type Filters, type Group, type Measure } from "./filters";
import { useNames, useTitles } from "./names";
import { amount, ranked, together, type Totals } from "./series";

const FEW = 5;
const MANY = 50;
const HEADS: Record<Group, string> = { task: "Tasks", project: "Projects", user: "People", model: "Models", key: "Keys" };

interface Given {
  filters: Filters;
  now: number;
  narrow: (of: Group, id: string) => void;
}

export function Tops(given: Given) {
  return (
    <div className="tops">
      {(["task", "project", "user", "model", "key"] as const).map((by) => (
        <Top key={by} by={by} {...given} />
      ))}
    </div>
  );
}

function Top({ by, filters, now, narrow }: Given & { by: Group }) {
  const [more, setMore] = useState(false);
  const names = useNames();
  const asked = query(filters, now);
  const sums = useQuery({
    queryKey: ["usage", "top", by, asked],
    queryFn: () => askSums(asked, [by]),
    placeholderData: (before) => before,
  });
  const all = ranked(together(sums.data ?? [], by), filters.measure);
  const shown = all.slice(0, more ? MANY : FEW);
  const titles = useTitles(by === "task" ? shown.map(([id]) => id).filter(Boolean) : []);
  const most = Math.max(...all.map(([, of]) => amount(of, filters.measure)), 0);
  return (
    <section className="card stack top" aria-labelledby={`top-${by}`}>
      <h2 id={`top-${by}`}>{HEADS[by]}</h2>
      {sums.error ? (
        <Trouble error={sums.error} retry={() => void sums.refetch()} />
      ) : !sums.data ? (
        <Bones lines={FEW} />
      ) : !all.length ? (
        <p className="faint">Nothing was used.</p>
      ) : (
        <ol className="top-list">
          {shown.map(([id, of]) => (
            <Line key={id} by={by} id={id} of={of} most={most} measure={filters.measure} name={titles.get(id) ?? names(by, id)} narrow={narrow} chosen={filters[by] === id && id !== ""} />
          ))}
        </ol>
      )}
      {all.length > FEW && (
        <div className="row">
          <Button small look="quiet" onClick={() => setMore(!more)} aria-expanded={more}>
            {more ? "Show fewer" : all.length > MANY ? `Show the first ${MANY} of ${count(all.length)}` : `Show all ${all.length}`}
          </Button>
        </div>
      )}
    </section>
  );
}

interface LineGiven {
  by: Group;
  id: string;
  name: string;
  of: Totals;
  most: number;
  measure: Measure;
  chosen: boolean;
  narrow: Given["narrow"];
}

function Line({ by, id, name, of, most, measure, chosen, narrow }: LineGiven) {
  const words = (
    <span className="truncate" dir="auto" title={name}>
      {name}
    </span>
  );
  const project = by === "project" && id !== "" && name !== id;
  return (
    <li className="top-line">
      <progress className="top-share" max={most || 1} value={amount(of, measure)} aria-hidden tabIndex={-1} />
      <span className="top-name">
        {by === "task" && id ? <Link to="/tasks/$task" params={{ task: id }}>{words}</Link> : project ? <Link to="/projects/$project" params={{ project: name }}>{words}</Link> : words}
      </span>
      <span className="num">
        <Amount value={amount(of, measure)} unpriced={of.unpriced} measure={measure} />
      </span>
      <Button small look="quiet" disabled={!id} aria-pressed={chosen} aria-label={chosen ? `No longer only ${name}` : `Only ${name}`} onClick={() => narrow(by, chosen ? "" : id)}>
        {chosen ? "All" : "Only"}
      </Button>
    </li>
  );
}
