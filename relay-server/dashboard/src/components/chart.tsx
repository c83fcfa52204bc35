import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { isDark } from '../theme.ts';

export interface Line {
  readonly label: string;
  /** A colour of the style sheet, like `--series-1`. */
  readonly colour: string;
}

/** `lines` and `format` stay the same objects: with others the chart is made anew. */
interface ChartProps {
  /** What the chart shows at a glance, in words: its only content to who cannot see it. */
  readonly summary: string;
  readonly lines: readonly Line[];
  /** Seconds since 1970, then the values of each line. */
  readonly data: readonly (readonly (number | null)[])[];
  readonly format: (value: number) => string;
}

const HEIGHT = 200;

/** Lines over time. The code that paints them is fetched when the first one is shown. */
export function Chart({ summary, lines, data, format }: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(data);
  latest.current = data;
  const dark = isDark.value;
  useEffect(() => {
    const parent = box.current;
    if (parent === null) return undefined;
    let over = false;
    const fit = new ResizeObserver(() => {
      plot.current?.setSize({ width: parent.clientWidth, height: HEIGHT });
    });
    void import('../plot.ts').then(({ makePlot }) => {
      if (over) return;
      plot.current = makePlot(parent, { lines, format, height: HEIGHT }, latest.current);
      fit.observe(parent);
    });
    return () => {
      over = true;
      fit.disconnect();
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [dark, lines, format]);
  useEffect(() => plot.current?.setData(data as unknown as uPlot.AlignedData), [data]);
  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={summary} />
      <figcaption>{summary}</figcaption>
    </figure>
  );
}
