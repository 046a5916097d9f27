import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import { shield } from '../hub/cancellation/shield.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import { type Spawned, spawn } from '../hub/tasks/greenlet.ts';
import { Iteration } from '../hub/tasks/iteration.ts';
import { WaitFor } from '../hub/tasks/wait.ts';
import { forEach } from './for-each.ts';
import type { Group } from './group.ts';
import type { Result } from './mapping.ts';
import { AllResults, MappingOfAll } from './mapping-of-all.ts';
import { type Source, type Steps, stepsOf, stop, take, takeSource } from './steps.ts';
import { END, MapStep, WindowedMapping } from './windowed-mapping.ts';

export interface MapOptions {
  /** How many items may be at work, or done and not given yet. */
  maxsize?: number;
}

const MAP_OPTIONS: OptionNames<MapOptions> = { maxsize: 'number' };

/** How far a mapping without `maxsize` reads ahead in a group that does not limit how many run at once. */
const UNLIMITED_READ_AHEAD = 100;

const end = (): IteratorReturnResult<undefined> => ({ done: true, value: undefined });

/** `imap()` and `imapUnordered()`. */
export function iterate<T, R>(
  group: Group,
  fn: (item: T) => R,
  items: Source<T>,
  ordered: boolean,
  options: MapOptions | undefined,
  caller: string,
): Iteration<Spawned<R>> {
  takeSource(items, caller);
  checkedOptions(options, MAP_OPTIONS, caller);
  const window = windowOf(group, options, caller);
  type Step = Operation<IteratorResult<Spawned<R>, undefined>>;
  type Way = { next(isNoted: boolean): Step; enter(): void; exit(): void; closeUnlessConsumed(): void; close(): void };
  const closed: Way = {
    next: () => operation(ended, 'next()'),
    enter() {},
    exit() {},
    closeUnlessConsumed() {},
    close() {},
  };
  let way: Way | null = null;
  const begin = (): Way => {
    if (!group.runsInline) {
      const mapping = new WindowedMapping<T, Spawned<R>>(group, fn, items, ordered, window);
      return {
        next: (isNoted) => new MapStep(mapping, asStep<Spawned<R>>, isNoted),
        enter: () => mapping.enter(),
        exit: () => mapping.exit(),
        closeUnlessConsumed: () => mapping.closeUnlessConsumed(),
        close: () => void mapping.close(),
      };
    }
    const steps = stepsOf(items);
    const sourceEnded = (): void => {
      way = closed;
    };
    const close = (): void => {
      if (way === closed) return;
      sourceEnded();
      spawn(stop<T>, steps, undefined, getcurrent());
    };
    return {
      ...closed,
      next: () => operation(() => stepInline<T, R>(fn, steps, sourceEnded), 'next()'),
      closeUnlessConsumed: close,
      close,
    };
  };
  const begun = (): Way => {
    way ??= begin();
    return way;
  };
  return new Iteration<Spawned<R>>(
    () => begun().next(true),
    () => {
      way ??= closed;
      way.close();
    },
    {
      enter() {
        const entered = begun();
        let isIn = true;
        entered.enter();
        const pause = (): void => {
          if (isIn) entered.exit();
          isIn = false;
        };
        return {
          next: () => begun().next(false),
          pause,
          leave() {
            pause();
            entered.closeUnlessConsumed();
          },
        };
      },
    },
    `${caller} in ${group.name}`,
  );
}

function asStep<R>(result: Result<R> | typeof END): IteratorResult<R, undefined> {
  if (result === END) return end();
  if (!result.ok) throw result.error;
  return { done: false, value: result.value };
}

function* ended(): Coroutine<IteratorReturnResult<undefined>> {
  return end();
}

/** A step where the caller has to do the work itself. */
function* stepInline<T, R>(
  fn: (item: T) => R,
  steps: Steps<T>,
  sourceEnded: () => void,
): Coroutine<IteratorResult<Spawned<R>, undefined>> {
  let item: T | typeof END = END;
  try {
    const step = yield* take(steps);
    if (!step.done) item = step.value;
  } finally {
    // It has ended or failed.
    if (item === END) sourceEnded();
  }
  if (item === END) return end();
  return { done: false, value: (yield* callAndSettle(fn, item)) as Spawned<R> };
}

/** `map()`. */
export function* mapAll<T, R>(group: Group, fn: (item: T) => R, items: Source<T>): Coroutine<Spawned<R>[]> {
  if (group.runsInline) {
    const results: Spawned<R>[] = [];
    yield* forEach(items, function* (item) {
      results.push((yield* callAndSettle(fn, item)) as Spawned<R>);
    });
    return results;
  }
  const mapping = new MappingOfAll<T, Spawned<R>>(group, fn, items);
  try {
    return yield* new AllResults(mapping);
  } finally {
    const killed = mapping.close();
    if (killed.length > 0) yield* shield(new WaitFor(killed, undefined, false));
  }
}

function windowOf(group: Group, options: MapOptions | undefined, caller: string): number {
  const { width } = group;
  const maxsize = options?.maxsize;
  if (maxsize === undefined) return width === Infinity ? UNLIMITED_READ_AHEAD : Math.max(1, width * 2);
  if (maxsize !== Infinity && !(Number.isInteger(maxsize) && maxsize >= 1)) {
    throw new RangeError(`${caller}: maxsize is a whole number from 1 on, or Infinity, not ${maxsize}`);
  }
  return width === Infinity ? maxsize : Math.max(width, maxsize);
}
