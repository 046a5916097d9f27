import { counted } from '../greenlet/shown.ts';
import type { GreenletInfo } from './greenlet-info.ts';
import { objectTitle } from './identity.ts';
import type { ObjectInfo } from './object-info.ts';
import { type Snapshot, snapshot } from './snapshot.ts';
import { inTreeOrder } from './tree-order.ts';

/** Deeper greenlets are not indented further. */
const DEEPEST = 20;
/** The line of an object names this many greenlets, and counts the others. */
const NAMED = 5;

/**
 * Describes what runs as text: each greenlet below the one that spawned it, with its state and its stack, then the objects that
 * greenlets wait at, and the warnings. gevent's `print_run_info()` is the model.
 *
 * @param taken by default, a snapshot of now, with stacks
 *
 * @example
 * logger.info(formatRunInfo());
 */
export function formatRunInfo(taken: Snapshot = snapshot({ stacks: true })): string {
  const { pid, hub, greenlets, objects, warnings } = taken;
  const omitted = hub.greenlets - greenlets.length;
  const lines = [
    `greenhub, process ${pid}: ${counted(hub.greenlets, 'greenlet')}, ${hub.ready} ready, ${hub.waiting} waiting, ` +
      `${counted(hub.timers, 'timer')}, ${hub.spawned} spawned so far, ${hub.ended} ended`,
  ];
  const order = inTreeOrder(
    greenlets,
    ({ id }) => id,
    ({ spawnedBy }) => spawnedBy,
  );
  for (const { depth, greenlet } of order) {
    const indent = '  '.repeat(Math.min(depth, DEEPEST));
    lines.push(indent + greenletLine(greenlet));
    for (const frame of greenlet.stack ?? []) lines.push(`${indent}      ${frame}`);
  }
  if (omitted > 0) lines.push(`… and ${counted(omitted, 'more greenlet')}`);
  const names = new Map(greenlets.map(({ id, name }) => [id, name]));
  if (objects.length > 0) lines.push('objects:');
  for (const info of objects) lines.push(`  ${objectLine(info, names)}`);
  if (warnings.length > 0) lines.push('warnings:');
  for (const { message } of warnings) lines.push(`  ${message}`);
  return `${lines.join('\n')}\n`;
}

/**
 * Prints what runs; see `formatRunInfo()`.
 *
 * @param stream where to; by default, standard error
 */
export function printRunInfo(stream: { write(text: string): unknown } = process.stderr): void {
  stream.write(formatRunInfo());
}

/** One greenlet as a line. */
export function greenletLine({
  id,
  name,
  kind,
  state,
  waitsFor,
  since,
  groups,
  busy,
  runs,
  site,
}: GreenletInfo): string {
  const title = kind === 'main' ? name : `#${id} ${name}${kind === 'raw' ? ' (raw)' : ''}`;
  const parts = [
    waitsFor === null ? state : `waits for ${waitsFor}`,
    since === null ? null : `since ${Math.round(since)} ms`,
    groups.length === 0 ? null : `in ${groups.join(', ')}`,
    busy === null ? null : `ran for ${Math.round(busy)} ms in ${counted(runs ?? 0, 'run')}`,
    site === null ? null : `spawned at ${site}`,
  ];
  return `${title}: ${parts.filter((part) => part !== null).join(', ')}`;
}

function objectLine(
  { id, name, holders, waiters, size, maxsize }: ObjectInfo,
  names: ReadonlyMap<number, string>,
): string {
  const listOf = (ids: readonly number[]): string => {
    const named = ids.slice(0, NAMED).map((each) => names.get(each) ?? `#${each}`);
    return [...named, ...(ids.length > NAMED ? [`${ids.length - NAMED} more`] : [])].join(', ');
  };
  const parts = [
    size === null ? null : `size ${size}${maxsize === null ? '' : ` of ${maxsize}`}`,
    holders.length === 0 ? null : `held by ${listOf(holders)}`,
    waiters.length === 0 ? null : `${listOf(waiters)} ${waiters.length === 1 ? 'waits' : 'wait'}`,
  ];
  return `${objectTitle(id, name)}: ${parts.filter((part) => part !== null).join('; ')}`;
}
