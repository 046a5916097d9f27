import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { clock, compact } from './format.ts';
import { resolved, useTheme } from './theme.ts';

export interface Line {
  readonly label: string;
  /** The CSS variable of its colour. */
  readonly color: string;
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  title: string;
  at: readonly number[];
  /** Drawn one upon the other if `stacked`, the first below. */
  lines: readonly Line[];
  stacked?: boolean;
  format: (value: number) => string;
}

const HEIGHT = 150;
const WINDOW = 120;

/** A chart of the last two minutes. Its heading reads the latest values, or those under the pointer. */
export function Chart({ title, at, lines, stacked = false, format }: ChartProps) {
  const frame = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const [pointed, setPointed] = useState<number | null>(null);
  const theme = useTheme();

  useEffect(() => {
    const element = frame.current as HTMLDivElement;
    const made = new uPlot(optionsOf(element, lines, stacked, setPointed), dataOf(at, lines, stacked), element);
    plot.current = made;
    const resizing = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      made.destroy();
    };
  }, [theme]);

  useEffect(() => plot.current?.setData(dataOf(at, lines, stacked)), [at, lines, stacked]);

  const index = pointed ?? at.length - 1;
  return (
    <figure class="chart">
      <figcaption>
        <h3>{title}</h3>
        <span class="legend">
          {lines.map(({ label, color, values }) => (
            <span key={label}>
              <i style={{ background: `var(${color})` }} />
              {label} <b>{values[index] == null ? '–' : format(values[index] as number)}</b>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={frame} class="plot" />
    </figure>
  );
}

function optionsOf(
  element: HTMLElement,
  lines: readonly Line[],
  stacked: boolean,
  point: (index: number | null) => void,
): uPlot.Options {
  const { fontFamily } = getComputedStyle(element);
  const colorOf = (color: string) => resolved(element, color);
  const axis = {
    stroke: colorOf('var(--faint)'),
    font: `11px ${fontFamily}`,
    grid: { stroke: colorOf('var(--line)'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    padding: [8, 26, 0, 0],
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    scales: {
      x: { range: (_, __, max) => [max - WINDOW, max] },
      y: { range: (_, __, max) => [0, Math.max(1, (max ?? 1) * 1.15)] },
    },
    axes: [
      { ...axis, size: 24, space: 80, values: (_, seconds) => seconds.map((second) => clock(second * 1_000)) },
      { ...axis, size: 44, space: 36, values: (_, values) => values.map((value) => compact(value)) },
    ],
    hooks: { setCursor: [({ cursor }) => point(cursor.idx ?? null)] },
    series: [
      {},
      // The upper areas first, so that the lower ones are drawn over them.
      ...drawingOrder(lines, stacked).map(({ label, color }) => ({
        label,
        stroke: colorOf(`var(${color})`),
        fill: colorOf(`color-mix(in srgb, var(${color}) ${stacked ? 35 : 14}%, var(--panel))`),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

function dataOf(at: readonly number[], lines: readonly Line[], stacked: boolean): uPlot.AlignedData {
  const sums = new Array<number>(at.length).fill(0);
  const drawn = lines.map(({ values }) =>
    stacked
      ? values.map((value, i) => {
          sums[i] = (sums[i] as number) + (value ?? 0);
          return sums[i] as number;
        })
      : [...values],
  );
  return [[...at], ...drawingOrder(drawn, stacked)];
}

function drawingOrder<T>(list: readonly T[], stacked: boolean): readonly T[] {
  return stacked ? list.toReversed() : list;
}
