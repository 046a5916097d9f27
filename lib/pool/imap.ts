import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { getcurrent } from '../greenlet/raw-greenlet.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { callAndSettle } from '../hub/parking/body.ts';
import type { Spawned } from '../hub/tasks/greenlet.ts';
import { type Cursor, Iteration, type Shared } from '../hub/tasks/iteration.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import type { Group } from './group.ts';
import type { Result } from './mapping.ts';
import { type Source, type Steps, stepsOf, stop, take, takeSource } from './steps.ts';
import { END, MapStep, WindowedMapping } from './windowed-mapping.ts';

export interface MapOptions {
  /** How many items may be in progress, or finished but not taken yet. */
  maxsize?: number | undefined;
}

const MAP_OPTIONS: OptionNames<MapOptions> = { maxsize: 'number' };

/** How far a mapping without `maxsize` reads ahead in a group that does not limit how many run at once. */
const UNLIMITED_READ_AHEAD = 100;

type Step<R> = Operation<IteratorResult<R, undefined>>;

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
  return iterationOf<Spawned<R>>(
    () =>
      group.runsInline
        ? new InlineResults<T, R>(fn, stepsOf(items))
        : new WindowedResults(new WindowedMapping<T, Spawned<R>>(group, fn, items, ordered, window)),
    `${caller} in ${group.name}`,
  );
}

/**
 * An iteration over the results of a mapping.
 *
 * @param begin called with the first step
 * @param what describes it in messages
 */
export function iterationOf<R>(begin: () => Results<R>, what: string): Iteration<R> {
  const imap = new Imap<R>(begin);
  return new Iteration<R>(
    () => imap.begun().next(true),
    () => imap.close(),
    imap,
    what,
  );
}

/** Where the results of a mapping come from. */
export interface Results<R> {
  next(isNoted: boolean): Step<R>;
  /** Called when a consumer begins, and when it pauses or leaves. */
  enter(): void;
  exit(): void;
  closeUnlessConsumed(): void;
  close(): void;
}

/** A mapping that begins with the first step of the first consumer. */
class Imap<R> implements Shared<R> {
  private readonly begin: () => Results<R>;
  private results: Results<R> | null;

  constructor(begin: () => Results<R>) {
    this.begin = begin;
    this.results = null;
  }

  begun(): Results<R> {
    this.results ??= this.begin();
    return this.results;
  }

  enter(): Cursor<R> {
    const entered = this.begun();
    let isIn = true;
    entered.enter();
    const pause = (): void => {
      if (isIn) entered.exit();
      isIn = false;
    };
    return {
      next: () => this.begun().next(false),
      pause,
      leave() {
        pause();
        entered.closeUnlessConsumed();
      },
    };
  }

  close(): void {
    this.results ??= new EndedResults();
    this.results.close();
  }
}

/** The results of members of the group. */
export class WindowedResults<T, R> implements Results<R> {
  private readonly mapping: WindowedMapping<T, R>;

  constructor(mapping: WindowedMapping<T, R>) {
    this.mapping = mapping;
  }

  next(isNoted: boolean): Step<R> {
    return new MapStep(this.mapping, asStep<R>, isNoted);
  }

  enter(): void {
    this.mapping.enter();
  }

  exit(): void {
    this.mapping.exit();
  }

  closeUnlessConsumed(): void {
    this.mapping.closeUnlessConsumed();
  }

  close(): void {
    this.mapping.close();
  }
}

/** No results: the iteration was closed before its first step. */
class EndedResults implements Results<never> {
  next(): Step<never> {
    return operation(ended, 'next()');
  }

  enter(): void {}
  exit(): void {}
  closeUnlessConsumed(): void {}
  close(): void {}
}

/**
 * The results of a mapping whose consumer runs `fn` itself, because it occupies a slot of the full pool that it maps
 * in.
 */
class InlineResults<T, R> implements Results<Spawned<R>> {
  private readonly fn: (item: T) => R;
  private readonly steps: Steps<T>;
  private hasEnded: boolean;

  constructor(fn: (item: T) => R, steps: Steps<T>) {
    this.fn = fn;
    this.steps = steps;
    this.hasEnded = false;
  }

  next(): Step<Spawned<R>> {
    return operation(this.hasEnded ? ended : () => this.step(), 'next()');
  }

  enter(): void {}
  exit(): void {}

  closeUnlessConsumed(): void {
    this.close();
  }

  close(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    spawn(stop<T>, this.steps, undefined, getcurrent());
  }

  private *step(): Coroutine<IteratorResult<Spawned<R>, undefined>> {
    let item: T | typeof END = END;
    try {
      const step = yield* take(this.steps);
      if (!step.done) item = step.value;
    } finally {
      // The source has ended or failed.
      if (item === END) this.hasEnded = true;
    }
    if (item === END) return end();
    return { done: false, value: (yield* callAndSettle(this.fn, item)) as Spawned<R> };
  }
}

const end = (): IteratorReturnResult<undefined> => ({ done: true, value: undefined });

function* ended(): Coroutine<IteratorReturnResult<undefined>> {
  return end();
}

function asStep<R>(result: Result<R> | typeof END): IteratorResult<R, undefined> {
  if (result === END) return end();
  if (!result.ok) throw result.error;
  return { done: false, value: result.value };
}

function windowOf(group: Group, options: MapOptions | undefined, caller: string): number {
  const { width } = group;
  const maxsize = options?.maxsize;
  if (maxsize === undefined) return width === Infinity ? UNLIMITED_READ_AHEAD : Math.max(1, width * 2);
  if (maxsize !== Infinity && !(Number.isInteger(maxsize) && maxsize >= 1)) {
    throw new RangeError(`${caller}: maxsize must be a whole number, at least 1, or Infinity, not ${kindOf(maxsize)}`);
  }
  return width === Infinity ? maxsize : Math.max(width, maxsize);
}
