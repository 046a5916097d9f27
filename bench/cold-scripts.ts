/** The time of short processes: the cost of loading the library and of its first operations. */

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { runTime } from './peers/import-time.ts';
import { compiled } from './peers/paths.ts';
import { median, quantile } from './statistics.ts';
import { textTable } from './text-table.ts';

interface Comparison {
  title: string;
  script: string;
  plain: string;
  /** The limit: a multiple of the plain time, or additional milliseconds. */
  limit: { times: number } | { more: number };
}

const comparisons: Comparison[] = [
  { title: 'import greenhub', script: 'import-greenhub', plain: 'empty', limit: { more: 8 } },
  { title: '1,000 spawn and join', script: 'spawn-greenhub', plain: 'spawn-plain', limit: { times: 1.12 } },
  { title: '10,000 items of a queue', script: 'queue-greenhub', plain: 'queue-plain', limit: { times: 1.25 } },
];

/** Measures, prints, and returns the number of figures above their limit. */
export function shortScripts(processes: number, clock: 'wall' | 'processor', print: (line: string) => void): number {
  const line = textTable([46, 12, 12, 12, 20, 12]);
  print(line(['whole processes, ms', 'greenhub', 'plain', 'more', 'ratio', 'limit']));
  let missed = 0;
  for (const { title, script, plain, limit } of comparisons) {
    const [ours, theirs] = inTurns(script, plain, processes, clock === 'wall' ? runTime : processorTime);
    const more = median(ours.map((time, round) => time - (theirs[round] as number)));
    const ratios = ours.map((time, round) => time / (theirs[round] as number));
    const isHigh = 'more' in limit ? more > limit.more : median(ratios) > limit.times;
    if (isHigh) missed += 1;
    const cells = [
      title,
      median(ours).toFixed(1),
      median(theirs).toFixed(1),
      more.toFixed(1),
      `${median(ratios).toFixed(3)} (${quantile(ratios, 0.25).toFixed(2)}–${quantile(ratios, 0.75).toFixed(2)})`,
      'more' in limit ? `${limit.more} ms` : `${limit.times} ×`,
    ];
    print(`${line(cells)}${isHigh ? ' ✗' : ''}`);
  }
  return missed;
}

function inTurns(
  script: string,
  plain: string,
  processes: number,
  measure: (path: string) => number,
): [ours: number[], theirs: number[]] {
  const [own, other] = [script, plain].map((name) => join(compiled, 'short', `${name}.mjs`)) as [string, string];
  const times: [number[], number[]] = [[], []];
  // The first run of each program reads from the disk.
  for (const path of [own, other]) measure(path);
  for (let round = 0; round < processes; round += 1) {
    times[1].push(measure(other));
    times[0].push(measure(own));
  }
  return times;
}

/** The processor time of all threads of a program in milliseconds, as the shell reports it. */
function processorTime(path: string): number {
  const { stdout, status } = spawnSync('bash', ['-c', '"$0" "$1" >/dev/null; times', process.execPath, path], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${path} failed`);
  const [, , ...ofChild] = [...stdout.matchAll(/(\d+)m([\d.]+)s/g)];
  return ofChild.reduce((sum, [, minutes, seconds]) => sum + (Number(minutes) * 60 + Number(seconds)) * 1_000, 0);
}
