// The stacked bars of each day. This file is fetched only when a chart is looked at.
import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useTheme } from "../shell/theme";
import { startOf } from "./filters";
import { stacked, type Series } from "./series";

interface Drawn {
  series: Series;
  /** How a value is written at the axis. */
  write: (value: number) => string;
  label: string;
  /** The day that is pointed at; none: -1. */
  onDay: (index: number) => void;
  day: number;
}

const token = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function axes(write: (value: number) => string): uPlot.Axis[] {
  const font = `12px ${token("--font")}`;
  const shared = { stroke: token("--text-faint"), font, ticks: { show: false } };
  const bottom: uPlot.Axis = {
    ...shared,
    grid: { show: false },
    size: 30,
    space: 70,
    incrs: [1, 2, 3, 7, 14, 30, 61, 122].map((days) => days * 86_400),
    values: (_, at) => at.map((second) => new Date(second * 1000).toLocaleDateString(undefined, { month: "short", day: "numeric", timeZone: "UTC" })),
  };
  const side: uPlot.Axis = { ...shared, size: 62, grid: { stroke: token("--line"), width: 1 }, values: (_, at) => at.map(write) };
  return [bottom, side];
}

export default function Chart({ series, write, label, onDay, day }: Drawn) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const told = useRef(onDay);
  told.current = onDay;
  const { dark } = useTheme();
  useEffect(() => {
    const host = place.current;
    if (!host) return;
    const half = 43_200;
    const at = series.days.map(startOf);
    const bars = uPlot.paths.bars?.({ size: [0.72, 46] });
    const made = new uPlot(
      {
        width: Math.max(host.clientWidth, 240),
        height: 240,
        legend: { show: false },
        tzDate: (second) => uPlot.tzDate(new Date(second * 1000), "Etc/UTC"),
        cursor: { y: false, drag: { setScale: false, x: false, y: false }, points: { show: false } },
        scales: {
          x: { range: () => [(at[0] ?? 0) - half, (at.at(-1) ?? 0) + half] },
          y: { range: (_, __, most) => [0, most > 0 ? most * 1.08 : 1] },
        },
        axes: axes(write),
        series: [{}, ...series.names.map((_, index) => ({ fill: token(`--series-${index + 1}`), width: 0, paths: bars, points: { show: false } }))],
        hooks: { setCursor: [(of) => told.current(of.cursor.idx ?? -1)] },
      },
      [at, ...stacked(series.values)],
      host,
    );
    plot.current = made;
    const sized = new ResizeObserver(() => made.setSize({ width: Math.max(host.clientWidth, 240), height: 240 }));
    sized.observe(host);
    return () => {
      sized.disconnect();
      made.destroy();
    };
    // Drawn anew with the theme: its colours are read once.
  }, [series, write, dark]);
  const step = (by: number) => onDay(Math.min(series.days.length - 1, Math.max(0, (day < 0 ? series.days.length : day) + by)));
  return (
    <div
      ref={place}
      className="chart"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={series.days.length - 1}
      aria-valuenow={Math.max(day, 0)}
      aria-valuetext={series.days[day] ?? "No day"}
      onKeyDown={(event) => {
        const by = { ArrowLeft: -1, ArrowRight: 1, Home: -series.days.length, End: series.days.length }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        step(by);
      }}
    />
  );
}
