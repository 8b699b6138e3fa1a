// What was used on each day, told apart by the chosen group: as a chart, or the same as a table.
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { Bone, Button, count } from "../kit";
import { Amount } from "./amount";
import { days, GROUPS, MEASURES, span, type Filters, type Group, type Measure } from "./filters";
import { useNames, useTitles } from "./names";
import { REST, series, type Series, type Sum } from "./series";

const Chart = lazy(() => import("./chart"));

export function writer(measure: Measure): (value: number) => string {
  if (measure !== "cost") return (value) => Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 }).format(value);
  return (value) => (value === 0 ? "$0" : `$${value.toLocaleString(undefined, value < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 })}`);
}

interface Given {
  sums: readonly Sum[];
  filters: Filters;
  change: (change: Partial<Filters>) => void;
  now: number;
}

export function ByDay({ sums, filters, change, now }: Given) {
  const { group, measure, table } = filters;
  const names = useNames();
  const all = days(span(filters, now), now);
  const key = all.join();
  const laid = useMemo(() => series(sums, group, measure, key.split(",")), [sums, group, measure, key]);
  const titles = useTitles(group === "task" ? laid.names.filter((name) => name && name !== REST) : []);
  const called = (name: string) => titles.get(name) ?? names(group, name);
  const dark = laid.unpriced.flat().reduce((a, b) => a + b, 0);
  return (
    <section className="card stack" aria-labelledby="by-day">
      <div className="row wrap spread">
        <h2 id="by-day">
          {MEASURES[measure]} by day and {GROUPS[group].toLowerCase()}
        </h2>
        <Button small onClick={() => change({ table: !table })} aria-pressed={table}>
          {table ? "Show the chart" : "Show as a table"}
        </Button>
      </div>
      {table ? <Table laid={laid} called={called} measure={measure} /> : <Drawn laid={laid} called={called} measure={measure} group={group} />}
      {measure === "cost" && dark > 0 && <p className="hint-line">{dark === 1 ? "One call has" : `${count(dark)} calls have`} no known price: in no {table ? "sum" : "bar"}, and not counted as $0.</p>}
    </section>
  );
}

interface Laid {
  laid: Series;
  called: (name: string) => string;
  measure: Measure;
}

function Drawn({ laid, called, measure, group }: Laid & { group: Group }) {
  const [day, setDay] = useState(-1);
  const write = useMemo(() => writer(measure), [measure]);
  const onDay = useCallback((index: number) => setDay(index), []);
  const shown = laid.days[day];
  return (
    <>
      <Suspense fallback={<Bone height={240} />}>
        <Chart series={laid} write={write} day={day} onDay={onDay} label={`${MEASURES[measure]} by day and ${GROUPS[group].toLowerCase()}: left and right go from day to day`} />
      </Suspense>
      <div className="legend" aria-live="polite">
        <span className="legend-day">{shown ?? "All days"}</span>
        <ul className="row wrap">
          {laid.names.map((name, index) => {
            const line = laid.values[index] ?? [];
            const value = shown === undefined ? line.reduce((a, b) => a + b, 0) : (line[day] ?? 0);
            const unpriced = measure === "cost" ? sumOf(laid.unpriced[index] ?? [], shown === undefined ? -1 : day) : 0;
            return (
              <li key={name} className="row legend-item">
                <span className={`swatch series-${index + 1}`} aria-hidden />
                <span className="truncate" dir="auto" title={called(name)}>
                  {called(name)}
                </span>
                <Amount value={value} unpriced={unpriced} measure={measure} />
              </li>
            );
          })}
        </ul>
      </div>
    </>
  );
}

const sumOf = (line: readonly number[], day: number) => (day < 0 ? line.reduce((a, b) => a + b, 0) : (line[day] ?? 0));

function Table({ laid, called, measure }: Laid) {
  return (
    <div className="scroll-x by-day-table" tabIndex={0} role="region" aria-label="By day">
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Day</th>
            {laid.names.map((name) => (
              <th key={name} scope="col" className="num" dir="auto" title={called(name)}>
                <span className="truncate column-name">{called(name)}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {laid.days.map((day, at) => (
            <tr key={day}>
              <th scope="row">{day}</th>
              {laid.names.map((name, row) => (
                <td key={name} className="num">
                  <Cell value={laid.values[row]?.[at] ?? 0} unpriced={laid.unpriced[row]?.[at] ?? 0} measure={measure} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Cell(given: { value: number; unpriced: number; measure: Measure }) {
  return given.value || given.unpriced ? <Amount {...given} /> : <span className="faint">–</span>;
}
