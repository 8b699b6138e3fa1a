// What the models were used for and what that cost: summed, drawn, listed; and what may be used.
import { useQuery } from "@tanstack/react-query";
import { ChartNoAxesColumn, Download, X } from "lucide-react";
import { useState, type ReactNode } from "react";
import { Bones, Button, Choice, Empty, Input, Tabs, Trouble } from "../kit";
import { askSums } from "./asking";
import { Budgets } from "./budgets";
import { ByDay } from "./by-day";
import { Calls } from "./calls";
import { csvAddress, dayOf, GROUPS, MEASURES, PLACES, query, RANGES, useFilters, type Filters, type Group, type Measure, type Place, type Range } from "./filters";
import { useNames, useTitles } from "./names";
import { total } from "./series";
import { Tops } from "./tops";
import { TotalsBar } from "./totals";
import "./usage.css";

type Change = (change: Partial<Filters>) => void;

export default function Page() {
  const [filters, change] = useFilters();
  const [now] = useState(() => Math.floor(Date.now() / 1000));
  const contents: Record<Place, ReactNode> = {
    overview: <Overview filters={filters} change={change} now={now} />,
    calls: <Calls filters={filters} now={now} />,
    budgets: <Budgets />,
  };
  return (
    <div className="page usage">
      <div className="page-head">
        <h1>Usage</h1>
        {filters.place !== "budgets" && (
          <a className="btn" href={csvAddress(filters, now)} download="usage.csv">
            <Download size={15} aria-hidden /> Download CSV
          </a>
        )}
      </div>
      {filters.place !== "budgets" && <Bar filters={filters} change={change} now={now} />}
      <Tabs
        label="Usage"
        value={filters.place}
        onChange={(place) => change({ place: place as Place })}
        tabs={Object.entries(PLACES).map(([value, label]) => ({ value, label, content: value === filters.place && contents[value as Place] }))}
      />
    </div>
  );
}

function Bar({ filters, change, now }: { filters: Filters; change: Change; now: number }) {
  const names = useNames();
  const titles = useTitles(filters.task ? [filters.task] : []);
  const chosen = (Object.keys(GROUPS) as Group[]).filter((of) => filters[of]);
  return (
    <div className="stack">
      <div className="filter-bar">
        <Choice label="Time" value={filters.range} onChange={(event) => change({ range: event.target.value as Range })}>
          {Object.entries(RANGES).map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </Choice>
        {filters.range === "custom" && (
          <>
            <Input label="From" type="date" value={filters.from || dayOf(now - 29 * 86_400)} max={filters.to || dayOf(now)} onChange={(event) => change({ from: event.target.value })} />
            <Input label="To" type="date" value={filters.to || dayOf(now)} min={filters.from} max={dayOf(now)} onChange={(event) => change({ to: event.target.value })} />
          </>
        )}
        {filters.place === "overview" && (
          <>
            <Choice label="By day and" value={filters.group} onChange={(event) => change({ group: event.target.value as Group })}>
              {Object.entries(GROUPS).map(([value, label]) => (
                <option key={value} value={value}>
                  {label.toLowerCase()}
                </option>
              ))}
            </Choice>
            <Choice label="Measured in" value={filters.measure} onChange={(event) => change({ measure: event.target.value as Measure })}>
              {Object.entries(MEASURES).map(([value, label]) => (
                <option key={value} value={value}>
                  {label.toLowerCase()}
                </option>
              ))}
            </Choice>
          </>
        )}
        <p className="faint filter-note">Days are UTC’s.</p>
      </div>
      {chosen.length > 0 && (
        <ul className="row wrap" aria-label="Only these">
          {chosen.map((of) => {
            const name = (of === "task" && titles.get(filters.task)) || names(of, filters[of]);
            return (
              <li key={of}>
                <Button small onClick={() => change({ [of]: "" })} aria-label={`Take away the filter: ${GROUPS[of]} ${name}`}>
                  {GROUPS[of]}: <span className="truncate chip-name" dir="auto">{name}</span> <X size={13} aria-hidden />
                </Button>
              </li>
            );
          })}
          <li>
            <Button small look="quiet" onClick={() => change({ project: "", user: "", model: "", task: "", key: "" })}>
              Clear
            </Button>
          </li>
        </ul>
      )}
    </div>
  );
}

function Overview({ filters, change, now }: { filters: Filters; change: Change; now: number }) {
  const asked = query(filters, now);
  const sums = useQuery({
    queryKey: ["usage", "days", filters.group, asked],
    queryFn: () => askSums(asked, ["day", filters.group]),
    placeholderData: (before) => before,
    refetchInterval: 30_000,
  });
  if (sums.error) return <Trouble error={sums.error} retry={() => void sums.refetch()} />;
  if (!sums.data) return <Bones lines={10} />;
  if (!sums.data.length)
    return (
      <Empty icon={<ChartNoAxesColumn size={32} aria-hidden />} title="Nothing was used in this time">
        Choose a longer time, or fewer filters. Calls of tasks and of the API are counted here as they are made.
      </Empty>
    );
  return (
    <div className="stack">
      <TotalsBar of={total(sums.data)} />
      <ByDay sums={sums.data} filters={filters} change={change} now={now} />
      <Tops filters={filters} now={now} narrow={(of, id) => change({ [of]: id })} />
    </div>
  );
}
