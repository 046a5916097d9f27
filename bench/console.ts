/**
 * `npm run bench console [-- --greenlets 100000 --rounds 4 --seconds 10] [overview | greenlets …]`: how much of its throughput a program
 * with many greenlets loses while a page of its console is open. This process is the page. It looks, and does not look, in turns.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Work } from './console-program.ts';
import { answerOf, chosen, forkHelper } from './helper.ts';
import { median } from './statistics.ts';
import { textTable } from './text-table.ts';

/** What each view asks for: the most expensive form of each. */
const VIEWS: Record<string, string> = {
  overview: 'view=overview',
  greenlets: 'view=greenlets',
  sorted: 'view=greenlets&sort=wait&order=down',
  filtered: 'view=greenlets&filter=queue%231',
  tree: 'view=tree',
  objects: 'view=objects',
};
/** The largest part of the throughput that may be lost. */
const LIMIT = 0.05;

const print = textTable([10, 10, 10, 12, 12, 10, 2]);

/** Measures the views, prints a line for each, and returns the number above the limit. */
export async function benchConsole(args: string[], write: (line: string) => void): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    options: {
      greenlets: { type: 'string', default: '100000' },
      rounds: { type: 'string', default: '4' },
      seconds: { type: 'string', default: '10' },
    },
    allowPositionals: true,
  });
  let missed = 0;
  write(print(['', 'item', 'looked at', 'loss (wall)', 'loss (cpu)', 'pause']));
  for (const view of chosen(positionals, Object.keys(VIEWS))) {
    const program = forkHelper('console-program.ts', [values.greenlets]);
    try {
      const lost = await compare(program, view, Number(values.rounds), Number(values.seconds) * 1_000);
      const isHigh = Math.min(lost.wall, lost.cpu) > LIMIT;
      if (isHigh) missed += 1;
      const [wall, cpu] = [lost.wall, lost.cpu].map((part) => `${(part * 100).toFixed(1)} %`) as [string, string];
      const [off, on] = [lost.off, lost.on].map((ns) => `${Math.round(ns)} ns`) as [string, string];
      write(print([view, off, on, wall, cpu, `${Math.round(lost.longest)} ms`, isHigh ? '✗' : '']));
    } finally {
      program.kill('SIGKILL');
    }
  }
  return missed;
}

/** What a look costs. `off` and `on` are nanoseconds of processor time for an item. */
interface Loss {
  off: number;
  on: number;
  wall: number;
  cpu: number;
  /** Milliseconds. */
  longest: number;
}

/** The fastest sample of each counts for processor time, because a busy machine makes samples slower. */
async function compare(program: ChildProcess, view: string, rounds: number, ms: number): Promise<Loss> {
  const url = new URL(await answerOf<string>(program));
  const page = new URL(`/events?token=${url.searchParams.get('token')}&${VIEWS[view]}`, url);
  await workOf(program, 1_000);
  const samples: { off: Work; on: Work }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const off = await workOf(program, ms);
    const stream = await open(page);
    const on = await workOf(program, ms);
    stream.destroy();
    // The console looks on for a while after the last page has gone.
    await pause(2_500);
    samples.push({ off, on });
  }
  const [off, on] = [samples.map((each) => each.off), samples.map((each) => each.on)].map((works) =>
    Math.min(...works.map(({ cpu, items }) => cpu / items)),
  ) as [number, number];
  return {
    off: off * 1e6,
    on: on * 1e6,
    wall: 1 - median(samples.map((each) => rateOf(each.on) / rateOf(each.off))),
    cpu: 1 - off / on,
    longest: median(samples.map((each) => each.on.longest)),
  };
}

function rateOf({ items, wall }: Work): number {
  return items / wall;
}

/** Opens the page's stream, and reads it as the page does. */
async function open(page: URL): Promise<IncomingMessage> {
  const [response] = (await once(get(page), 'response')) as [IncomingMessage];
  if (response.statusCode !== 200) throw new Error(`the console answers ${response.statusCode}`);
  return response.on('error', () => undefined).resume();
}

async function workOf(program: ChildProcess, ms: number): Promise<Work> {
  program.send(ms);
  return await answerOf<Work>(program);
}
