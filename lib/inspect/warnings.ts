import type { GreenletInfo } from './greenlet-info.ts';
import type { Measurer } from './measured.ts';

/** Something that is probably wrong, and the greenlets that it concerns. */
export interface Warning {
  readonly kind: 'blocks-loop' | 'never-yields' | 'spins' | 'deadlock' | 'unstarted' | 'untaken' | 'leak';
  /** What is wrong, with the names of the greenlets. */
  readonly message: string;
  /** The ids of the greenlets. */
  readonly greenlets: readonly number[];
}

/** A run this long, in milliseconds, keeps everything else waiting. */
export const LONG_RUN = 100;
/** A greenlet that runs this long, in milliseconds, may never suspend. */
const ENDLESS_RUN = 1_000;
/** This many times from `sleep(0)` to `sleep(0)` is a loop that polls. */
export const MANY_SPINS = 1_000;
/** A message names this many greenlets, and counts the others. */
const NAMED = 5;

type Rule = (greenlets: readonly GreenletInfo[]) => Warning[];

/** The warnings that greenlets give rise to. */
export function warningsOf(greenlets: readonly GreenletInfo[]): Warning[] {
  return rules.flatMap((rule) => rule(greenlets));
}

const blocksLoop: Rule = (greenlets) =>
  greenlets
    .filter(({ longest }) => longest !== null && longest > LONG_RUN)
    .map((info) =>
      warning('blocks-loop', [info], `has run for ${Math.round(info.longest as number)} ms without a suspension`),
    );

const neverYields: Rule = (greenlets) =>
  greenlets
    .filter(({ kind, state, since }) => kind !== 'main' && state === 'running' && since !== null && since > ENDLESS_RUN)
    .map((info) => warning('never-yields', [info], `runs since ${Math.round(info.since as number)} ms`));

const spins: Rule = (greenlets) =>
  greenlets
    .filter((info) => info.spins !== null && info.spins > MANY_SPINS)
    .map((info) =>
      warning('spins', [info], `has called sleep(0) ${info.spins} times in a row: let it wait for an event instead`),
    );

const deadlock: Rule = (greenlets) => {
  const stuck = stuckOf(greenlets);
  const cycles = cyclesOf(stuck).map((cycle) =>
    warning('deadlock', cycle, 'wait for each other', (info) => `${info.name} (for ${info.waitsFor})`),
  );
  const orphans = greenlets
    .filter(({ orphaned }) => orphaned)
    .map((info) => warning('deadlock', [info], `waits for ${info.waitsFor}`));
  return [...cycles, ...orphans];
};

const unstarted: Rule = (greenlets) => {
  const starting = greenlets.filter(({ state, waitsFor }) => state === 'unstarted' && waitsFor === null);
  const awaited = new Set(greenlets.flatMap(({ blockedBy }) => blockedBy));
  return starting
    .filter(({ id }) => awaited.has(id))
    .map((info) => warning('unstarted', [info], 'is awaited, and was never started: call its start()'));
};

/** The warnings about greenlets that have failed, and whose error nobody took. */
export function untakenWarnings(failures: Measurer['failures']): Warning[] {
  return failures.map(({ id, name, error }) => ({
    kind: 'untaken',
    message: `${name} failed, and nobody took its error: ${error}`,
    greenlets: [id],
  }));
}

const rules: readonly Rule[] = [blocksLoop, neverYields, spins, deadlock, unstarted];

/** The greenlets whose waits cannot end: each of them waits only for others in this list. */
function stuckOf(greenlets: readonly GreenletInfo[]): GreenletInfo[] {
  const stuck = new Map<number, GreenletInfo>();
  const waiters = new Map<number, number[]>();
  for (const info of greenlets) {
    const { id, kind, state, blockedBy } = info;
    if (kind === 'main' || state !== 'waiting' || blockedBy.length === 0) continue;
    stuck.set(id, info);
    for (const blocker of blockedBy) {
      const known = waiters.get(blocker);
      if (known === undefined) waiters.set(blocker, [id]);
      else known.push(id);
    }
  }
  // A greenlet is not stuck if a greenlet that is not stuck could end its wait.
  const free = [...waiters.keys()].filter((id) => !stuck.has(id));
  for (let id = free.pop(); id !== undefined; id = free.pop()) {
    for (const waiter of waiters.get(id) ?? []) if (stuck.delete(waiter)) free.push(waiter);
  }
  return [...stuck.values()];
}

/** The cycles among stuck greenlets, each cycle once. From any stuck greenlet, the waits lead into a cycle. */
function cyclesOf(stuck: readonly GreenletInfo[]): GreenletInfo[][] {
  const byId = new Map(stuck.map((info) => [info.id, info]));
  const seen = new Set<GreenletInfo>();
  const cycles: GreenletInfo[][] = [];
  for (const start of stuck) {
    const path: GreenletInfo[] = [];
    let info: GreenletInfo | undefined = start;
    while (info !== undefined && !seen.has(info)) {
      seen.add(info);
      path.push(info);
      info = byId.get(info.blockedBy[0] as number);
    }
    const index = info === undefined ? -1 : path.indexOf(info);
    if (index >= 0) cycles.push(path.slice(index));
  }
  return cycles;
}

function warning(
  kind: Warning['kind'],
  concerned: readonly GreenletInfo[],
  what: string,
  naming: (info: GreenletInfo) => string = ({ name }) => name,
): Warning {
  const names = concerned.slice(0, NAMED).map(naming);
  const others = concerned.length > NAMED ? [`${concerned.length - NAMED} more`] : [];
  return { kind, message: `${[...names, ...others].join(', ')} ${what}`, greenlets: concerned.map(({ id }) => id) };
}
