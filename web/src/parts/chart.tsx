// Counts by severity over days, stacked: uPlot's canvas for the eye, a text for who cannot see it, and the table.

import { useEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Schemas } from "../api/client";
import { count, severities, total, words, type Severity } from "../lib/format";
import { day } from "../lib/time";

type Days = Schemas["PostureDay"][];
const stacked = [...severities].reverse(); // low at the bottom

/** A colour of the design system as the canvas needs it: resolved for the theme in force. */
function colour(name: string, at: HTMLElement): string {
  at.style.color = `var(--${name})`;
  const resolved = getComputedStyle(at).color;
  at.style.color = "";
  return resolved;
}

const kDaySeconds = 86_400;

const dates = (days: Days) => days.map((d) => new Date(`${d.day}T00:00:00Z`).getTime() / 1000);

function series(days: Days): uPlot.AlignedData {
  const x = dates(days);
  const sums = days.map(() => 0);
  const lines = stacked.map((severity) =>
    days.map((d, i) => (sums[i] = (sums[i] as number) + d.posture.open[severity])),
  );
  return [x, ...lines.reverse()]; // the highest first: lower ones are painted over it
}

function options(
  box: HTMLElement,
  height: number,
  at: number[], // the days, in seconds
  onHover: (at: number | null) => void,
): uPlot.Options {
  const few = at.length < 4; // a line alone would hide them
  const ink = colour("ink-3", box);
  const line = colour("line", box);
  const axis = {
    stroke: ink,
    grid: { stroke: line, width: 1 },
    ticks: { show: false },
    font: `11px ${getComputedStyle(box).fontFamily}`,
  };
  return {
    width: box.clientWidth,
    height,
    padding: [8, 4, 0, 0],
    tzDate: (s) => uPlot.tzDate(new Date(s * 1000), "Etc/UTC"), // days are days in UTC
    legend: { show: false },
    cursor: { y: false, points: { show: false }, drag: { x: false, y: false } },
    scales: {
      x: { range: few ? [(at[0] ?? 0) - kDaySeconds, (at.at(-1) ?? 0) + kDaySeconds] : (_, min, max) => [min, max] },
      y: { range: (_, __, max) => [0, Math.max(4, Math.ceil(max * 1.08))] },
    },
    axes: [
      {
        ...axis,
        grid: { show: false },
        size: 28,
        space: 70,
        incrs: [1, 2, 7, 14, 30, 60, 90, 180].map((days) => days * kDaySeconds),
        values: (_, ticks) => ticks.map((s) => day(new Date(s * 1000).toISOString(), "UTC").slice(0, -5)),
      },
      { ...axis, size: 40, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 50000, 100000] },
    ],
    series: [
      {},
      ...severities.map((severity) => ({
        label: words(severity),
        stroke: colour(severity, box),
        fill: colour(`${severity}-area`, box),
        width: 1.5,
        points: { show: few, size: 7, fill: colour(severity, box) },
      })),
    ],
    hooks: { setCursor: [(plot) => onHover(plot.cursor.idx ?? null)] },
  };
}

function summary(days: Days): string {
  const first = days[0];
  const last = days.at(-1);
  if (!first || !last) return "No day is recorded yet.";
  const parts = severities.map((s) => `${s} from ${first.posture.open[s]} to ${last.posture.open[s]}`);
  return `Open findings from ${day(first.day, "UTC")} to ${day(last.day, "UTC")}: ${total(first.posture.open)} became ${total(last.posture.open)}; ${parts.join(", ")}.`;
}

function Legend({ of }: { of: Schemas["PostureDay"] | undefined }) {
  return (
    <div class="legend" aria-hidden="true">
      <span class="muted num">{of ? day(of.day, "UTC") : ""}</span>
      {severities.map((s: Severity) => (
        <span key={s} class={`key ${s}`}>
          {words(s)} <b class="num">{of ? count(of.posture.open[s]) : ""}</b>
        </span>
      ))}
    </div>
  );
}

export function OpenOverTime({ days, height = 220 }: { days: Days; height?: number }) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<number | null>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    let plot: uPlot | undefined;
    const draw = () => {
      plot?.destroy();
      plot = new uPlot(options(element, height, dates(days), setAt), series(days), element);
    };
    const resized = new ResizeObserver(() => plot?.setSize({ width: element.clientWidth, height }));
    const dark = matchMedia("(prefers-color-scheme: dark)");
    draw();
    resized.observe(element);
    addEventListener("assay:theme", draw);
    dark.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      removeEventListener("assay:theme", draw);
      dark.removeEventListener("change", draw);
      plot?.destroy();
    };
  }, [days, height]);
  return (
    <>
      <Legend of={days[at ?? days.length - 1]} />
      <div ref={box} class="chart" role="img" aria-label={summary(days)} />
    </>
  );
}

export function DaysTable({ days }: { days: Days }) {
  return (
    <div class="table-box tall" tabIndex={0} role="region" aria-label="Open findings by day">
      <table>
        <thead>
          <tr>
            <th scope="col">Day (UTC)</th>
            {severities.map((s) => (
              <th key={s} scope="col" class="number">
                {words(s)}
              </th>
            ))}
            <th scope="col" class="number">
              Overdue tickets
            </th>
          </tr>
        </thead>
        <tbody>
          {[...days].reverse().map((d) => (
            <tr key={d.day}>
              <th scope="row">{day(d.day, "UTC")}</th>
              {severities.map((s) => (
                <td key={s} class="number">
                  {count(d.posture.open[s])}
                </td>
              ))}
              <td class="number">{count(d.posture.tickets_overdue)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
