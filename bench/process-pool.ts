/**
 * `npm run bench process [-- --rounds 7] [thread | process] [roundTrip | atOnce | map …]` compares ThreadPool and ProcessPool with
 * a bare worker and with the pools of other libraries. Each side has its own process. The sides take turns, and a ratio compares
 * a side with the bare worker in the same round, so that the noise of the machine affects all of them equally.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { answerOf, chosen, forkHelper } from './helper.ts';
import { installPeers } from './peers/install.ts';
import { sides } from './process-sides.ts';
import { median, quantile } from './statistics.ts';
import { textTable } from './text-table.ts';

const jobs = {
  roundTrip: { title: 'round trip of a task', unit: 'us' },
  atOnce: { title: '10,000 tasks at once, 2 workers, each', unit: 'us' },
  map: { title: 'map() of 1,000,000 numbers, 2 workers, each', unit: 'ns' },
  copy: { title: '8 MB in, copied', unit: 'ms' },
  transfer: { title: '8 MB in, moved', unit: 'ms' },
  cpu: { title: 'work for 2 workers, times as quick as for 1', unit: 'x' },
  start: { title: 'start of a worker and first result', unit: 'ms' },
  memory: { title: 'memory of a worker', unit: 'MB' },
} as const;

export type JobName = keyof typeof jobs;

const print = textTable([24, 0, 12, 12, 10, 14]);

/** Measures all sides, and prints a table for each job. */
export async function benchPools(args: string[], write: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: { rounds: { type: 'string', default: '7' } },
    allowPositionals: true,
  });
  const kinds = ['thread', 'process'] as const;
  const names = Object.keys(jobs) as JobName[];
  chosen(positionals, [...kinds, ...names]);
  installPeers();
  const rounds = Number(values.rounds);
  const isAsked = (name: string, all: readonly string[]): boolean =>
    positionals.includes(name) || !positionals.some((each) => all.includes(each));
  for (const kind of kinds) {
    if (!isAsked(kind, kinds)) continue;
    const all = Object.keys(sides[kind]).map((name) => new SideProcess(kind, name));
    try {
      for (const side of all) await side.answer();
      for (const name of names) {
        if (!isAsked(name, names)) continue;
        write(`\n${kind === 'thread' ? 'Threads' : 'Processes'}: ${jobs[name].title}`);
        write(print(['', '', 'median', 'best', 'ratio', 'spread']));
        for (const line of await compare(all, name, rounds)) write(line);
        if (kind === 'process') for (const line of pythonLines(name)) write(line);
      }
    } finally {
      for (const side of all) side.end();
    }
  }
  return 0;
}

async function compare(all: readonly SideProcess[], job: JobName, rounds: number): Promise<string[]> {
  const samples = new Map<SideProcess, number[]>(all.map((side) => [side, []]));
  const notes = new Map<SideProcess, string>();
  for (let round = -1; round < rounds; round += 1) {
    for (const side of round % 2 === 0 ? all : [...all].reverse()) {
      if (notes.has(side)) continue;
      const value = await side.measure(job);
      if (typeof value !== 'number') notes.set(side, value === null ? 'cannot do this' : `failed: ${String(value)}`);
      else if (round >= 0) samples.get(side)?.push(value);
    }
  }
  const base = samples.get(all[0] as SideProcess) ?? [];
  const { unit } = jobs[job];
  return all.map((side) => {
    const note = notes.get(side);
    if (note !== undefined) return print([side.name, '', note]);
    const values = samples.get(side) ?? [];
    const ratios = base.length === 0 ? [] : values.map((value, round) => value / (base[round] as number));
    const best = job === 'cpu' ? Math.max(...values) : Math.min(...values);
    const spread =
      ratios.length === 0 ? '' : `${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)}`;
    const ratio = ratios.length === 0 ? '' : `${median(ratios).toFixed(2)}x`;
    return print([side.name, '', `${median(values).toFixed(1)} ${unit}`, `${best.toFixed(1)} ${unit}`, ratio, spread]);
  });
}

/** The process of one side. */
class SideProcess {
  readonly name: string;
  private readonly process: ChildProcess;

  constructor(kind: string, name: string) {
    this.name = name;
    this.process = forkHelper('process-side.ts', [kind, name]);
  }

  measure(job: JobName): Promise<unknown> {
    this.process.send(job);
    return this.answer();
  }

  answer(): Promise<unknown> {
    return answerOf(this.process);
  }

  end(): void {
    this.process.kill('SIGKILL');
  }
}

/** The same with Python's own pool. */
const PYTHON = `
import multiprocessing, operator, time
def increment(n): return n + 1
with multiprocessing.Pool(2) as pool:
    pool.map(increment, range(100))
    t = time.perf_counter()
    for i in range(2000): pool.apply(operator.add, (i, 1))
    print('roundTrip', (time.perf_counter() - t) / 2000 * 1e6)
    t = time.perf_counter()
    for r in [pool.apply_async(operator.add, (i, 1)) for i in range(10000)]: r.get()
    print('atOnce', (time.perf_counter() - t) / 10000 * 1e6)
    t = time.perf_counter()
    pool.map(increment, range(1000000))
    print('map', (time.perf_counter() - t) / 1000000 * 1e9)
`;

let python: Map<string, string> | null = null;

function pythonLines(job: JobName): string[] {
  python ??= measurePython();
  const value = python.get(job);
  return value === undefined ? [] : [print(["Python's Pool", '', `${Number(value).toFixed(1)} ${jobs[job].unit}`])];
}

function measurePython(): Map<string, string> {
  const { stdout } = spawnSync('python3', ['-c', PYTHON], { encoding: 'utf8', timeout: 60_000 });
  const lines = (stdout ?? '').split('\n').map((line) => line.split(' ') as [string, string]);
  return new Map(lines.filter(([, value]) => value !== undefined));
}
