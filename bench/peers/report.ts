/** The results as Markdown tables, which are also readable on a terminal. */
import { cpus } from 'node:os';
import type { BundleSize } from './bundle-size.ts';
import type { ImportTime } from './import-time.ts';
import type { Outcome } from './measure.ts';
import type { Scaled } from './scaling.ts';
import { isFailed, number, times, type Verdict } from './verdicts.ts';

export function machine(): string {
  const all = cpus();
  return `Node ${process.version}, ${all.length} × ${all[0]?.model.trim()}, ${process.platform}`;
}

const OUTCOME_WIDTHS = [46, 16, 12, 10, 15, 10];

export function outcomeHeader(): string {
  return header(['operation', 'peer', 'median', '÷ ours', 'spread', 'size'], OUTCOME_WIDTHS);
}

/** A line for greenhub and one for each peer. */
export function outcomeLines({ title, unit, greenhub, peers }: Outcome): string[] {
  const first = line(
    [title, 'greenhub', `${number(greenhub.value)} ${unit}`, '', '', greenhub.size.toLocaleString('en')],
    OUTCOME_WIDTHS,
  );
  const others = peers.map((measured) => {
    if (isFailed(measured)) return line(['', measured.peer, short(measured.failure), '', '', ''], OUTCOME_WIDTHS);
    const { peer, value, ratio, spread, size } = measured;
    const cells = [
      '',
      peer,
      `${number(value)} ${unit}`,
      times(ratio),
      `${spread.low.toFixed(2)}–${spread.high.toFixed(2)}`,
      size.toLocaleString('en'),
    ];
    return line(cells, OUTCOME_WIDTHS);
  });
  return [first, ...others];
}

export function scalingTable(scaled: readonly Scaled[]): string[] {
  if (scaled.length === 0) return [];
  const widths = [40, 16, 14, 16, 10, 12];
  const many = scaled[0]?.many.greenlets.toLocaleString('en');
  return [
    header(['operation', 'peer', 'among 1,000', `among ${many}`, 'ratio', 'spread'], widths),
    ...scaled.map(({ who, title, few, many: most, ratio, spread }) =>
      line(
        [
          who === 'greenhub' ? title : '',
          who,
          `${number(few.value)} ns`,
          `${number(most.value)} ns`,
          times(ratio),
          `${spread.low.toFixed(2)}–${spread.high.toFixed(2)}`,
        ],
        widths,
      ),
    ),
  ];
}

export function importTable(imports: readonly ImportTime[]): string[] {
  if (imports.length === 0) return [];
  const widths = [24, 12, 14];
  return [
    header(['import', 'more', 'spread'], widths),
    ...imports.map(({ module, value, spread }) =>
      line([module, `${number(value)} ms`, `${number(spread.low)}–${number(spread.high)}`], widths),
    ),
  ];
}

export function sizeTable(sizes: readonly BundleSize[]): string[] {
  if (sizes.length === 0) return [];
  const widths = [56, 12, 12];
  return [
    header(['bundle', 'minified', 'gzipped'], widths),
    ...sizes.map(({ bundle, minified, gzipped }) =>
      line([bundle, `${number(minified)} B`, `${number(gzipped)} B`], widths),
    ),
  ];
}

export function verdictTable(all: readonly Verdict[]): string[] {
  if (all.length === 0) return [];
  const widths = [54, 34, 26, 12, 8];
  return [
    header(['limit on', 'against', 'required', 'measured', ''], widths),
    ...all.map(({ operation, peer, required, measured, met }) =>
      line([operation, peer, required, measured, met ? 'met' : 'NOT met'], widths),
    ),
  ];
}

function header(cells: string[], widths: readonly number[]): string {
  return `${line(cells, widths)}\n|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`;
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return `| ${cells.map((cell, i) => cell.padEnd(widths[i] as number)).join(' | ')} |`;
}

/** The failure, short enough for the table. */
function short(failure: string): string {
  return failure.includes('Maximum call stack') ? 'overflows the stack' : failure.replaceAll('|', '/').slice(0, 60);
}
