/**
 * `npm run bench tax [-- --rounds 21 --milliseconds 300] [setTimeout | spawn …]`: the cost of the patches outside greenlets. Each
 * side of each round is a fresh process of the same program, in turns with and without `--import greenhub/monkey/register`. The
 * result is the processor time of the fastest block, because a busy machine makes blocks slower. The ratio is the median over
 * neighbouring runs.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { median, quantile } from './statistics.ts';

/** The limit for the patched time, as a multiple of the bare time. */
const LIMIT = 1.03;

const JOBS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'promises.setTimeout',
  'promises.setImmediate',
  'events.once',
  'readFile',
  'spawn',
  'execFile',
];
const NAME_WIDTH = Math.max(...JOBS.map((job) => job.length));

const run = promisify(execFile);
const worker = fileURLToPath(new URL('tax-worker.js', import.meta.url));
const register = new URL('../dist/monkey/register.js', import.meta.url).href;

/** Measures all jobs, prints a line for each, and returns the number above the limit. */
export async function benchTax(args: string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '21' }, milliseconds: { type: 'string', default: '300' } },
    allowPositionals: true,
  });
  const chosen = JOBS.filter((job) => positionals.length === 0 || positionals.includes(job));
  let missed = 0;
  print(`${''.padEnd(NAME_WIDTH)}    patched       bare  ratio     spread`);
  for (const job of chosen) {
    const sides = await compare(job, Number(values.rounds), values.milliseconds);
    const ratios = sides.patched.map((time, round) => time / (sides.bare[round] as number));
    const ratio = median(ratios);
    const spread = `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}`;
    const times = [sides.patched, sides.bare].map((side) => `${Math.round(median(side)).toLocaleString('en')} ns`);
    const isHigh = ratio > LIMIT;
    if (isHigh) missed += 1;
    const cells = [
      job.padEnd(NAME_WIDTH),
      ...times.map((time) => time.padStart(10)),
      ratio.toFixed(3).padStart(6),
      spread,
    ];
    print(`${cells.join(' ')}${isHigh ? ' ✗' : ''}`);
  }
  return missed;
}

type Sides = Record<'patched' | 'bare', number[]>;

async function compare(job: string, rounds: number, milliseconds: string): Promise<Sides> {
  const sides: Sides = { patched: [], bare: [] };
  const flags = { patched: ['--import', register], bare: [] };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['patched', 'bare'] as const) : (['bare', 'patched'] as const);
    for (const side of order) {
      const { stdout } = await run(process.execPath, [...flags[side], worker, job, milliseconds]);
      sides[side].push(Number(stdout));
    }
  }
  return sides;
}
