import type { Coroutine } from '../../greenlet/operation.ts';
import { getcurrent } from '../../greenlet/raw-greenlet.ts';
import { checkedOptions } from '../../hub/checks/options.ts';
import type { Iteration } from '../../hub/tasks/iteration.ts';
import { iterationOf, WindowedResults } from '../../pool/imap.ts';
import { type Source, takeSource } from '../../pool/steps.ts';
import { WindowedMapping } from '../../pool/windowed-mapping.ts';
import { placeOf } from '../travel/target.ts';
import { type Caller, callerOf } from './caller.ts';
import { type Calls, calling } from './calls.ts';
import { ChunkMapping } from './chunk-mapping.ts';
import { chunksOf } from './chunks.ts';
import { GO_ON } from './messages.ts';
import { checkedSize, IMAP, type ImapOptions } from './options.ts';
import { packedItem } from './packing.ts';
import type { PoolTarget } from './targets.ts';
import { CallTask, ChunkResult, ChunkTask } from './tasks.ts';

/** `imap()` and `imapUnordered()` of a pool of workers. */
export function iterating<R>(
  calls: Calls,
  target: unknown,
  items: Source<unknown>,
  options: ImapOptions | undefined,
  ordered: boolean,
): Iteration<R> {
  const { name, slots } = calls;
  const verb = ordered ? 'imap' : 'imapUnordered';
  const place = placeOf(target, `pool.${verb}()`);
  takeSource(items, `pool.${verb}()`);
  checkedOptions(options, IMAP, `pool.${verb}()`);
  const size = checkedSize(options?.chunksize, 'chunksize', verb) ?? 1;
  const most = checkedSize(options?.maxsize, 'maxsize', verb) ?? 2 * slots;
  calls.dispatcher.checkOpen(`${verb}()`);
  const caller = callerOf(iterating);
  const what = `${verb}(${place.export}) in ${name}`;
  return iterationOf<R>(() => {
    const target = calls.targets.at(place);
    const group = calls.callers(Infinity);
    const window = Math.ceil(most / size);
    if (size === 1) {
      const run = itemRunner(calls, target, what, caller);
      return new WindowedResults<unknown, R>(new WindowedMapping(group, run, items, ordered, window));
    }
    const run = chunkRunner(calls, target, what, caller);
    return new WindowedResults<readonly unknown[], R>(
      new ChunkMapping(group, run, chunksOf(items, size), ordered, window),
    );
  }, what);
}

function itemRunner(
  calls: Calls,
  target: PoolTarget,
  what: string,
  caller: Caller | null,
): (item: unknown) => Coroutine<unknown> {
  return calling(target, (item) => calls.run(new CallTask(target, packedItem(item, calls.way), what, caller)));
}

function chunkRunner(
  calls: Calls,
  target: PoolTarget,
  what: string,
  caller: Caller | null,
): (items: readonly unknown[]) => Coroutine<ChunkResult> {
  const runItem = itemRunner(calls, target, what, caller);
  return calling(target, function* (items) {
    let task: ChunkTask;
    try {
      task = new ChunkTask(target, items, GO_ON, calls.way, what, caller);
    } catch {
      // An item cannot be sent. The others are sent one by one.
      return yield* oneByOne(items, runItem);
    }
    try {
      return (yield* calls.run(task)) as ChunkResult;
    } catch (error) {
      if (getcurrent().pending !== null) throw error;
      return ChunkResult.failed(items.length, error);
    }
  });
}

function* oneByOne(items: readonly unknown[], run: (item: unknown) => Coroutine<unknown>): Coroutine<ChunkResult> {
  const values: unknown[] = [];
  const errors = new Map<number, unknown>();
  for (const item of items) {
    try {
      values.push(yield* run(item));
    } catch (error) {
      if (getcurrent().pending !== null) throw error;
      errors.set(values.length, error);
      values.push(undefined);
    }
  }
  return new ChunkResult(values, errors);
}
