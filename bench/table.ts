import { cpus } from 'node:os';
import type { Result } from './runner.ts';

const NUMBER_WIDTH = 10;
const COLUMNS = ['greenhub', 'plain', 'ratio', 'spread', 'limit'] as const;

/** The first line: the machine, and how to read the table. */
export function preamble(): string {
  return `Node ${process.version}, ${processors()}: machines differ, so compare the ratios`;
}

export function processors(): string {
  const all = cpus();
  return `${all.length} × ${all[0]?.model.trim()}`;
}

/** A table that is printed line by line. */
export class Table {
  private readonly nameWidth: number;

  /** @param names of all rows */
  constructor(names: readonly string[]) {
    this.nameWidth = Math.max(...names.map((name) => name.length));
  }

  header(): string {
    return `${' '.repeat(this.nameWidth)}${cells(COLUMNS)}`;
  }

  line(result: Result): string {
    const { greenhub, plain, ratio, spread, limit, exceeded, unit } = result;
    const numbers = cells([
      measured(greenhub, unit),
      measured(plain, unit),
      times(ratio),
      spread.map((edge) => edge.toFixed(2)).join('–'),
      limit === null ? '' : times(limit),
    ]);
    return `${result.name.padEnd(this.nameWidth)}${numbers} ${exceeded ? '✗' : ' '} against ${result.plainly}`;
  }

  failure(name: string, error: unknown): string {
    const reason = error instanceof Error ? error.message : String(error);
    return `${name.padEnd(this.nameWidth)}  not measured: ${reason}`;
  }
}

function cells(texts: readonly string[]): string {
  return texts.map((text) => text.padStart(NUMBER_WIDTH)).join(' ');
}

function measured(value: number, unit: string): string {
  return `${value.toLocaleString('en', { maximumFractionDigits: value < 100 ? 1 : 0 })} ${unit}`;
}

function times(ratio: number): string {
  return `${ratio.toFixed(2)}x`;
}
