import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Line } from './components/chart.tsx';

/** A chart that has just begun spans this much, so that its labels differ. */
const LEAST_SECONDS = 60;

interface PlotOptions {
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** Pixels. */
  readonly height: number;
}

/** Paints lines over time into an element, in the colours of the page's present theme. */
export function makePlot(
  parent: HTMLElement,
  { lines, format, height }: PlotOptions,
  data: readonly (readonly (number | null)[])[],
): uPlot {
  const style = getComputedStyle(parent);
  const colour = (name: string): string => resolved(parent, name);
  const font = `12px ${style.fontFamily}`;
  const axis = {
    stroke: colour('--quiet'),
    font,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { show: false },
  };
  const options: uPlot.Options = {
    width: parent.clientWidth,
    height,
    cursor: { y: false, drag: { x: false, y: false } },
    legend: { live: true },
    scales: {
      x: { range: (_plot, low, high) => [Math.min(low, high - LEAST_SECONDS), high] },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1000)] },
    },
    axes: [
      { ...axis, values: TIMES },
      { ...axis, size: 76, values: (_plot, values) => values.map(format) },
    ],
    series: [
      { label: 'Time', value: '{HH}:{mm}:{ss}' },
      ...lines.map(({ label, colour: name }) => ({
        label,
        stroke: colour(name),
        fill: colour(name).replace(/^rgb\((.*)\)$/, 'rgba($1, 0.12)'),
        width: 1.5,
        points: { show: false },
        value: (_plot: uPlot, value: number | null) => (value === null ? '–' : format(value)),
      })),
    ],
  };
  return new uPlot(options, data as unknown as uPlot.AlignedData, parent);
}

/** A colour of the style sheet as the canvas takes it. */
function resolved(parent: HTMLElement, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  parent.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** How moments are written below the chart by the distance between them, in 24 hours. */
const TIMES: (string | number | null)[][] = [
  [86_400, '{D} {MMM}', null, null, null, null, null, null, 1],
  [3600, '{HH}:{mm}', null, null, null, null, null, null, 1],
  [60, '{HH}:{mm}', null, null, null, null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
];
