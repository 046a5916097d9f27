/**
 * Measures a row: greenhub, plain, greenhub, plain … often enough. So the noise of the machine affects both equally, and the
 * ratio of neighbours is more reliable than either number.
 *
 * Each side of each row has its own fresh process; while one runs, the other is idle. The measured reasons:
 * - Rows in one process affect each other: after all other rows, a 1-slot queue cost 10 % more.
 * - Patches stay installed, so they must not reach the plain side of a row that uses them.
 * - One side must not pay for the garbage of the other. A full collection between samples is no solution: it drops hidden
 *   classes that have no instance at that moment, and with them all optimised code that relies on them. This made greenhub's
 *   next sample up to 2.5 times more expensive. So nothing is collected between samples, and each side pays for its own garbage.
 */
import type { ChildProcess } from 'node:child_process';
import { answerOf, forkHelper } from './helper.ts';
import type { Row } from './row.ts';
import { median, quantile } from './statistics.ts';

/** The result of a row. */
export interface Result {
  name: string;
  unit: Row['unit'];
  plainly: string;
  /** Medians. */
  greenhub: number;
  plain: number;
  /** The median and quartiles of greenhub's value divided by the next plain value. */
  ratio: number;
  spread: [number, number];
  limit: number | null;
  exceeded: boolean;
}

/** A measurement takes a few seconds at most; after this time, it hangs. */
const PATIENCE = 30_000;

export async function measure(group: string, row: Row): Promise<Result> {
  const greenhub = new Worker(group, row.name, 'greenhub');
  const plain = new Worker(group, row.name, 'plain');
  try {
    for (const worker of [greenhub, plain]) await worker.answer();
    for (let i = 0; i < row.warmUps; i += 1) for (const worker of [greenhub, plain]) await worker.sample();
    const samples = { greenhub: [] as number[], plain: [] as number[] };
    for (let i = 0; i < row.rounds; i += 1) {
      samples.greenhub.push(await greenhub.sample());
      samples.plain.push(await plain.sample());
    }
    return summary(row, samples.greenhub, samples.plain);
  } finally {
    greenhub.end();
    plain.end();
  }
}

function summary(row: Row, greenhub: number[], plain: number[]): Result {
  const ratios = greenhub.map((value, i) => value / (plain[i] as number));
  const ratio = median(ratios);
  return {
    name: row.name,
    unit: row.unit,
    plainly: row.plainly,
    greenhub: median(greenhub),
    plain: median(plain),
    ratio,
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    limit: row.limit ?? null,
    exceeded: row.limit !== undefined && ratio > row.limit,
  };
}

/** The process of one side. */
class Worker {
  private readonly process: ChildProcess;

  constructor(group: string, row: string, side: 'greenhub' | 'plain') {
    this.process = forkHelper('worker.ts', [group, row, side]);
  }

  sample(): Promise<number> {
    this.process.send('sample');
    return this.answer();
  }

  answer<T>(): Promise<T> {
    return answerOf(this.process, PATIENCE);
  }

  end(): void {
    this.process.kill('SIGKILL');
  }
}
