/**
 * `npm run bench tax [-- --rounds 21 --milliseconds 300] [setTimeout | spawn …]`: the cost of the patches outside greenlets. Each
 * side of each round is a fresh process of the same program, in turns with and without `--import greenhub/monkey/register`. The
 * result is the processor time of the fastest block, because a busy machine makes blocks slower. The ratio is the median over
 * neighbouring runs.
 *
 * The time to start a child grows with the size of the process, because `fork()` copies its page table: with the patches and Node's
 * modules below them, or with any other 4 MB. So `spawn` and `execFile` have a second row, in which the bare process is as large
 * as the patched one.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { chosen } from './helper.ts';
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
const NAME_WIDTH = 'execFile, same size'.length + 2;

const run = promisify(execFile);
const worker = fileURLToPath(new URL('tax-worker.js', import.meta.url));
const register = new URL('../dist/monkey/register.js', import.meta.url).href;

/** The jobs whose time depends on the size of the process, with the end of the name of their second row. */
const FORKING = ['spawn', 'execFile'];
const SAME_SIZE = ', same size';

/** Measures all jobs, prints a line for each, and returns the number above the limit. */
export async function benchTax(args: string[], print: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '21' }, milliseconds: { type: 'string', default: '300' } },
    allowPositionals: true,
  });
  let missed = 0;
  print(`${''.padEnd(NAME_WIDTH)}    patched       bare  ratio     spread`);
  const rows = chosen(positionals, JOBS).flatMap((job) => (FORKING.includes(job) ? [job, job + SAME_SIZE] : [job]));
  for (const row of rows) {
    const [job, ballast] = row.endsWith(SAME_SIZE) ? [row.slice(0, -SAME_SIZE.length), await difference()] : [row, 0];
    const sides = await compare(job, Number(values.rounds), values.milliseconds, ballast);
    const ratios = sides.patched.map((time, round) => time / (sides.bare[round] as number));
    const ratio = median(ratios);
    const spread = `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}`;
    const times = [sides.patched, sides.bare].map((side) => `${Math.round(median(side)).toLocaleString('en')} ns`);
    const isHigh = ratio > LIMIT;
    if (isHigh) missed += 1;
    const cells = [
      row.padEnd(NAME_WIDTH),
      ...times.map((time) => time.padStart(10)),
      ratio.toFixed(3).padStart(6),
      spread,
    ];
    print(`${cells.join(' ')}${isHigh ? ' ✗' : ''}`);
  }
  return missed;
}

type Sides = Record<'patched' | 'bare', number[]>;

const flags = { patched: ['--import', register], bare: [] };

async function compare(job: string, rounds: number, milliseconds: string, ballast: number): Promise<Sides> {
  const sides: Sides = { patched: [], bare: [] };
  const size = { patched: 0, bare: ballast };
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? (['patched', 'bare'] as const) : (['bare', 'patched'] as const);
    for (const side of order) {
      const { stdout } = await run(process.execPath, [...flags[side], worker, job, milliseconds, `${size[side]}`]);
      sides[side].push(Number(stdout));
    }
  }
  return sides;
}

/** The bytes by which the patches make a process larger. */
async function difference(): Promise<number> {
  const sizes = { patched: [] as number[], bare: [] as number[] };
  for (let round = 0; round < 5; round += 1) {
    for (const side of ['patched', 'bare'] as const) {
      const { stdout } = await run(process.execPath, [...flags[side], worker, 'memory']);
      sizes[side].push(Number(stdout));
    }
  }
  return Math.max(0, median(sizes.patched) - median(sizes.bare));
}
