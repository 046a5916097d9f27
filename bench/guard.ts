/**
 * `npm run bench:guard` detects when an operation of greenhub becomes more expensive. It counts the cost in switches between
 * two bare generators in the same process, and in bytes, so it can compare with the record of another machine (in guard.json,
 * for each line of Node). It marks costs more than a quarter above the record. It fails only at `TIME_MARGIN` or `BYTES_MARGIN`,
 * and only if all `ATTEMPTS` processes, over half a minute, are that expensive: another program on the machine can slow down
 * one process (`yield10k` needs the caches for itself), but not all of them. `-- --record` records the measured costs;
 * `-- lock queue1` measures only these operations.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { root } from '../scripts/typescript-node.js';
import type { Cost } from './guard-worker.ts';

type Costs = Record<string, Cost>;

const OPERATIONS = [
  'switch',
  'yield2',
  'yield10k',
  'spawn',
  'channel',
  'queue1',
  'queue1024',
  'lock',
  'semaphore',
  'event',
  'poolMap',
  'timeoutReady',
  'nested5',
  'deep1000',
  'kill',
  'timers',
];

/** From which ratio to the record a cost is marked, and from which it fails. */
const NOTICE = 1.25;
const TIME_MARGIN = 3;
const BYTES_MARGIN = 1.5;
/** The maximum number of processes that measure an operation, until one of them is not too expensive. */
const ATTEMPTS = 8;
/** The milliseconds between the first two processes; the next pauses are twice, three times … as long. */
const PAUSE = 1_000;
/** The engine rounds by a few bytes. */
const BYTES_SLACK = 16;

const named = OPERATIONS.filter((operation) => process.argv.includes(operation));
const operations = named.length > 0 ? named : OPERATIONS;
const recordsFile = fileURLToPath(new URL('guard.json', import.meta.url));
const records: Record<string, Costs> = JSON.parse(readFileSync(recordsFile, 'utf8'));
const line = process.versions.node.split('.')[0] as string;

buildDist();
const folder = mkdtempSync(join(tmpdir(), 'greenhub-guard-'));
try {
  const worker = await compileWorker();
  if (process.argv.includes('--record')) record(worker);
  else await compare(worker);
} finally {
  rmSync(folder, { recursive: true });
}

function buildDist(): void {
  const { status } = spawnSync(process.execPath, [join(root, 'scripts/build.js')], { stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('the build failed');
}

/** A bundle with dist, as users run it. A loader would affect the figures. */
async function compileWorker(): Promise<string> {
  const outfile = join(folder, 'guard-worker.mjs');
  await build({
    absWorkingDir: root,
    entryPoints: ['bench/guard-worker.ts'],
    outfile,
    alias: { greenhub: './dist/index.js' },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.18',
    tsconfigRaw: {},
    logLevel: 'warning',
  });
  return outfile;
}

function measured(worker: string, operation: string): Cost {
  const flags = ['--min-semi-space-size=64', '--max-semi-space-size=64'];
  const { stdout, status } = spawnSync(process.execPath, [...flags, worker, operation], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${operation} could not be measured`);
  return JSON.parse(stdout);
}

function record(worker: string): void {
  const costs: Costs = {};
  for (const operation of OPERATIONS) {
    // The median of three runs: a record should not come from a lucky or unlucky run.
    const runs = [1, 2, 3].map(() => measured(worker, operation)).sort((a, b) => a.time - b.time);
    const { time, bytes } = runs[1] as Cost;
    costs[operation] = { time: Number(time.toFixed(2)), bytes: Math.round(bytes) };
    console.log(operation, costs[operation]);
  }
  writeFileSync(recordsFile, `${JSON.stringify({ ...records, [line]: costs }, null, 2)}\n`);
}

async function compare(worker: string): Promise<void> {
  const recorded = nearestRecord();
  let failed = 0;
  console.log(cells(['operation', 'switches', 'recorded', '', 'bytes', 'recorded', '']));
  for (const operation of operations) {
    const { time, bytes } = recorded[operation] as Cost;
    const cost = await leastCost(worker, operation, { time, bytes });
    if (isTooDear(cost, { time, bytes })) failed += 1;
    const timeShare = cost.time / time;
    const bytesShare = (cost.bytes - BYTES_SLACK) / bytes;
    console.log(
      cells([
        operation,
        cost.time.toFixed(2),
        time.toFixed(2),
        remark(timeShare, TIME_MARGIN),
        cost.bytes.toFixed(0),
        bytes.toFixed(0),
        remark(bytesShare, BYTES_MARGIN),
      ]),
    );
  }
  console.log(`${operations.length - failed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** Measures an operation that is too expensive again, a while later each time, because the machine may have been busy. */
async function leastCost(worker: string, operation: string, recorded: Cost): Promise<Cost> {
  let cost = measured(worker, operation);
  for (let attempt = 1; attempt < ATTEMPTS && isTooDear(cost, recorded); attempt += 1) {
    await pause(attempt * PAUSE);
    cost = cheaper(cost, measured(worker, operation));
  }
  return cost;
}

/** The record of this line of Node, or of the nearest line. */
function nearestRecord(): Costs {
  const distance = (other: string) => Math.abs(Number(other) - Number(line));
  const nearest = Object.keys(records).sort((a, b) => distance(a) - distance(b))[0];
  if (nearest === undefined) throw new Error('there is no record yet: run npm run bench:guard -- --record');
  console.log(`Node ${process.version}, compared with the record of Node ${nearest}`);
  return records[nearest] as Costs;
}

function isTooDear(cost: Cost, recorded: Cost): boolean {
  return cost.time > recorded.time * TIME_MARGIN || cost.bytes > recorded.bytes * BYTES_MARGIN + BYTES_SLACK;
}

function cheaper(one: Cost, other: Cost): Cost {
  return { time: Math.min(one.time, other.time), bytes: Math.min(one.bytes, other.bytes) };
}

function remark(share: number, margin: number): string {
  if (share > margin) return 'TOO HIGH';
  return share > NOTICE ? `+${((share - 1) * 100).toFixed(0)} %` : '';
}

function cells(texts: string[]): string {
  return texts.map((text, i) => (i === 0 ? text.padEnd(14) : text.padStart(10))).join('');
}
