import { type Coroutine, excused, type Operation, operation } from '../../greenlet/operation.ts';
import { counted, line, Shown, TEXT } from '../../greenlet/shown.ts';
import { withTimeout } from '../../hub/cancellation/with-timeout.ts';
import { checkedTimeout, type TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, refuseOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { type HostTimer, host } from '../../hub/loop/host.ts';
import type { Waiter, Waiting } from '../../hub/loop/wait-queue.ts';
import type { ErrorTaker } from '../../hub/tasks/end-waiters.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import { helper } from '../../hub/tasks/helper.ts';
import type { Iteration } from '../../hub/tasks/iteration.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { Group } from '../../pool/group.ts';
import { mapAll } from '../../pool/map.ts';
import { type Source, takeSource } from '../../pool/steps.ts';
import { FlagWait } from '../../sync/flag-wait.ts';
import { nameOf } from '../../sync/named.ts';
import { checkList } from '../child/check-options.ts';
import type { Way } from '../travel/shareable.ts';
import { placeOf, type Target, type TargetArgs, type TargetResult } from '../travel/target.ts';
import { type Caller, callerOf } from './caller.ts';
import { Calls, calling } from './calls.ts';
import { allItems, cut, presentItems } from './chunks.ts';
import { Dispatcher } from './dispatcher.ts';
import { iterating } from './iterating.ts';
import type { Job } from './job.ts';
import { SPREAD } from './messages.ts';
import {
  APPLY,
  APPLY_ASYNC,
  type ApplyAsyncOptions,
  type ApplyOptions,
  checkArgsOfEach,
  checkCallbacks,
  checkedArgs,
  checkedSize,
  type ImapOptions,
  MAP,
  MAP_ASYNC,
  type MapAsyncOptions,
  type PoolMapOptions,
} from './options.ts';
import { packedArgs } from './packing.ts';
import { PoolResult } from './pool-result.ts';
import type { StartWorker } from './pool-worker.ts';
import { CallTask, type ChunkResult, ChunkTask } from './tasks.ts';

/** The first parameter of a target: an item of `map()`. */
export type TargetItem<T> = TargetArgs<T> extends readonly [infer Item, ...unknown[]] ? Item : unknown;

/** `map()` cuts its items so that each slot gets about as many chunks. */
const CHUNKS_PER_SLOT = 4;

export interface PoolSettings {
  readonly kind: string;
  readonly name: string | undefined;
  readonly size: number;
  readonly concurrency: number;
  readonly maxTasks: number;
  readonly hasInitializer: boolean;
  readonly way: Way;
  readonly start: StartWorker;
}

/** What a ThreadPool and a ProcessPool have in common. */
export abstract class WorkerPool extends Shown implements Disposable {
  /** Its name in messages. */
  readonly name: string;
  /** The number of workers. */
  readonly size: number;
  private readonly callbacks = new Group();
  private readonly dispatcher: Dispatcher;
  private readonly calls: Calls;

  /** @internal */
  constructor(settings: PoolSettings) {
    super();
    const { kind, name, size, concurrency } = settings;
    this.name = name ?? nameOf(kind);
    this.size = size;
    let keepAlive: HostTimer | null = null;
    this.dispatcher = new Dispatcher({
      ...settings,
      name: this.name,
      polls: settings.way.toThread,
      busy(isBusy) {
        keepAlive ??= host.stayAlive();
        if (isBusy) keepAlive.ref();
        else keepAlive.unref();
      },
      ended() {
        if (keepAlive !== null) host.stopTimer(keepAlive);
        keepAlive = null;
      },
    });
    this.calls = new Calls(this.name, size * concurrency, settings.way, this.dispatcher);
  }

  /** @internal */
  [TEXT](): string {
    return line(this.constructor.name, this.name, counted(this.size, 'worker'), this.dispatcher.stateText());
  }

  /**
   * Calls a target in a worker and waits for its result. The arguments are checked and copied when the operation starts.
   *
   * If the wait is cancelled, the task is called off: one that waits for a worker never runs, and one that runs is killed as a
   * greenlet. If it does not end within a second, its worker is replaced.
   *
   * @param target a function of `remote()`, or `{ module, export }`
   * @param args its arguments
   * @param options `timeout` in milliseconds, from the start of the task; `transfer` lists what is moved (ThreadPool)
   * @throws the error of the target; WorkerLostError if the worker has ended; Timeout when the time is up
   *
   * @example
   * const nine = yield* pool.apply(square, [3]);
   */
  apply<T extends Target>(
    target: T,
    args?: Readonly<TargetArgs<T>>,
    options?: ApplyOptions,
  ): Operation<TargetResult<T>> {
    const caller = callerOf(this.apply);
    const make = this.call(target, 'apply', checkedOptions(options, APPLY, 'pool.apply()'), caller);
    const given = checkedArgs(args, 'pool.apply()');
    return operation(() => this.calls.run(make(given)) as Coroutine<TargetResult<T>>, 'apply()');
  }

  /**
   * Calls a target in a worker, without waiting. The call itself checks and copies the arguments.
   *
   * @param target a function of `remote()`, or `{ module, export }`
   * @param args its arguments
   * @param options as for `apply()`; `callback` and `errorCallback` are called in this process, in greenlets
   */
  applyAsync<T extends Target>(
    target: T,
    args?: Readonly<TargetArgs<T>>,
    options?: ApplyAsyncOptions<TargetResult<T>>,
  ): PoolResult<TargetResult<T>> {
    const { callback, errorCallback } = checkedOptions(options, APPLY_ASYNC, 'pool.applyAsync()') ?? {};
    checkCallbacks(callback, errorCallback, 'applyAsync()');
    const given = checkedArgs(args, 'pool.applyAsync()');
    const task = this.call(target, 'applyAsync', options, callerOf(this.applyAsync))(given);
    const result = new PoolResult<TargetResult<T>>((wait) => {
      this.dispatcher.callOff(job);
      return excused(new FlagWait(job, wait));
    });
    const job: Job = this.dispatcher.submit(task, ({ hasFailed, result: outcome }) => {
      this.settle(result as PoolResult<unknown>, hasFailed, outcome, callback as Callback, errorCallback);
    });
    return result;
  }

  /**
   * Calls a target with each item. The items are sent in chunks: by default, each slot gets about four.
   *
   * @param target a function of `remote()`, or `{ module, export }`
   * @param items an iterable or async iterable, a stream, a Queue or an Iteration; it is read to its end first
   * @param options `chunksize`: how many items a worker gets at once
   * @returns an operation that gives the results, in the order of the items
   * @throws the first error, once all other items are over or were called off
   */
  map<T extends Target>(
    target: T,
    items: Source<TargetItem<T>>,
    options?: PoolMapOptions,
  ): Operation<TargetResult<T>[]> {
    return this.mapping(target, items, options, 0, 'map');
  }

  /** Like `map()`, but each item is the list of arguments of one call. */
  starmap<T extends Target>(
    target: T,
    items: Source<Readonly<TargetArgs<T>>>,
    options?: PoolMapOptions,
  ): Operation<TargetResult<T>[]> {
    return this.mapping(target, items, options, SPREAD, 'starmap');
  }

  /** Like `map()`, without waiting. The call itself reads, checks and copies the items, if they are there. */
  mapAsync<T extends Target>(
    target: T,
    items: Source<TargetItem<T>>,
    options?: MapAsyncOptions<TargetResult<T>>,
  ): PoolResult<TargetResult<T>[]> {
    return this.mappingAsync(target, items, options, 0, 'mapAsync');
  }

  /** Like `starmap()`, without waiting. */
  starmapAsync<T extends Target>(
    target: T,
    items: Source<Readonly<TargetArgs<T>>>,
    options?: MapAsyncOptions<TargetResult<T>>,
  ): PoolResult<TargetResult<T>[]> {
    return this.mappingAsync(target, items, options, SPREAD, 'starmapAsync');
  }

  /**
   * Calls a target with each item, and gives the results one by one, in the order of the items. It begins with its first step.
   * If the call for an item fails, the step for that item throws the error, and the next step continues with the next item.
   *
   * If you end the iteration early (`break` in `for await`, an error in `forEach`, a kill of the consumer), the remaining items
   * are called off.
   *
   * @param target a function of `remote()`, or `{ module, export }`
   * @param items as for `map()`; may be endless
   * @param options `chunksize`: how many items a worker gets at once, 1 by default. `maxsize`: how many items may be at work, or
   *   finished but not taken yet; by default twice the number of tasks that run at once
   *
   * @example
   * yield* forEach(pool.imap(thumbnail, files), function* (image) { yield* save(image); });
   */
  imap<T extends Target>(target: T, items: Source<TargetItem<T>>, options?: ImapOptions): Iteration<TargetResult<T>> {
    return iterating(this.calls, target, items, options, true);
  }

  /** The same, but gives the results in the order in which they are finished. */
  imapUnordered<T extends Target>(
    target: T,
    items: Source<TargetItem<T>>,
    options?: ImapOptions,
  ): Iteration<TargetResult<T>> {
    return iterating(this.calls, target, items, options, false);
  }

  /** Takes no more calls. The workers end when the present tasks are over. */
  close(): void {
    this.dispatcher.close();
  }

  /**
   * Ends all tasks and workers. Takes effect at once, even if you do not wait. The greenlets of the workers are
   * killed; after a second, workers are ended by force. Calls that are not over fail with a GreenletExit.
   *
   * @returns an operation that waits until the workers have ended
   */
  terminate(): Operation<void>;
  terminate(extra?: unknown): Operation<void> {
    refuseOptions(extra, 'pool.terminate()', 'withTimeout(ms, pool.terminate())');
    this.dispatcher.terminate();
    const ended = excused(new FlagWait(this.dispatcher.allEnded, undefined));
    return excused(
      operation(function* () {
        yield* ended;
      }, 'terminate()'),
    );
  }

  /** The same as `terminate()`. */
  [Symbol.dispose](): void {
    this.terminate();
  }

  /**
   * Waits until all tasks are over, their callbacks have ended, and the workers have ended.
   *
   * @param options `timeout` in milliseconds
   * @returns an operation that gives true, or false if the timeout passed first
   * @throws Error unless `close()` or `terminate()` was called before
   */
  join(options?: TimeoutOption): Operation<boolean> {
    const timeout = checkedTimeout(checkedOptions(options, TIMEOUT, 'pool.join()'));
    if (!this.dispatcher.isClosing) {
      throw new Error(`${this.name} still takes calls: call close() or terminate() before join()`);
    }
    return operation(() => this.joining(timeout), 'join()');
  }

  private *joining(timeout: number): Coroutine<boolean> {
    const { allEnded } = this.dispatcher;
    const wait = (): Coroutine<boolean> => this.ended();
    if (timeout > 0) return yield* withTimeout(timeout, wait, { timeoutValue: false });
    return allEnded.isSet() && this.callbacks.ready();
  }

  private *ended(): Coroutine<boolean> {
    yield* this.dispatcher.allEnded.wait();
    return yield* this.callbacks.join();
  }

  /** Checks a call, and returns what makes its task. */
  private call(
    target: unknown,
    verb: string,
    options: ApplyOptions | undefined,
    caller: Caller | null,
  ): (args: readonly unknown[]) => CallTask {
    const { timeout, transfer } = options ?? {};
    checkedTimeout(options);
    checkList(transfer, 'transfer', `pool.${verb}()`);
    const place = placeOf(target, `pool.${verb}()`);
    if (transfer !== undefined && !this.calls.way.toThread) {
      throw new TypeError(`transfer moves to threads only, and ${this.name} has processes: leave it out`);
    }
    this.dispatcher.checkOpen(`${verb}()`);
    const what = `${verb}(${place.export}) in ${this.name}`;
    return (args) => {
      this.dispatcher.checkOpen(`${verb}()`);
      return new CallTask(
        this.calls.targets.at(place),
        packedArgs(args, this.calls.way, transfer),
        what,
        caller,
        timeout,
      );
    };
  }

  private mapping<T extends Target>(
    target: T,
    items: Source<unknown>,
    options: PoolMapOptions | undefined,
    mode: number,
    verb: string,
  ): Operation<TargetResult<T>[]> {
    const make = this.chunks(target, items, checkedOptions(options, MAP, `pool.${verb}()`), mode, verb);
    const mapping = (): Coroutine<unknown[]> => this.mapNow(items, make, `${verb}()`);
    return operation(mapping as () => Coroutine<TargetResult<T>[]>, `${verb}()`);
  }

  private mappingAsync<T extends Target>(
    target: T,
    items: Source<unknown>,
    options: MapAsyncOptions<TargetResult<T>> | undefined,
    mode: number,
    verb: string,
  ): PoolResult<TargetResult<T>[]> {
    const { callback, errorCallback } = checkedOptions(options, MAP_ASYNC, `pool.${verb}()`) ?? {};
    checkCallbacks(callback, errorCallback, `${verb}()`);
    const make = this.chunks(target, items, options, mode, verb);
    const present = presentItems(items);
    const tasks = present === null ? null : make(present);
    this.dispatcher.enter();
    const greenlet: Greenlet<unknown[]> = spawn(
      helper(() => (tasks === null ? this.mapItems(items, make) : this.mapTasks(tasks))),
    );
    const result = new PoolResult<TargetResult<T>[]>((wait) => greenlet.kill(wait));
    greenlet.watch(
      new GreenletEnd(() => {
        const outcome = greenlet.successful() ? greenlet.value : greenlet.exception;
        this.settle(
          result as PoolResult<unknown>,
          !greenlet.successful(),
          outcome,
          callback as Callback,
          errorCallback,
        );
        this.dispatcher.leave();
      }),
    );
    return result;
  }

  /** Checks a mapping, and returns what makes its tasks. */
  private chunks(
    target: unknown,
    items: unknown,
    options: PoolMapOptions | undefined,
    mode: number,
    verb: string,
  ): (items: readonly unknown[]) => ChunkTask[] {
    const place = placeOf(target, `pool.${verb}()`);
    takeSource(items, `pool.${verb}()`);
    const size = checkedSize(options?.chunksize, 'chunksize', verb);
    this.dispatcher.checkOpen(`${verb}()`);
    const caller = callerOf(this.chunks);
    const what = `${verb}(${place.export}) in ${this.name}`;
    return (list) => {
      if (mode === SPREAD) checkArgsOfEach(list, `pool.${verb}()`);
      const share = size ?? Math.max(1, Math.ceil(list.length / (this.calls.slots * CHUNKS_PER_SLOT)));
      const target = this.calls.targets.at(place);
      const tasks = cut(list, share).map((items) => new ChunkTask(target, items, mode, this.calls.way, what, caller));
      // They are sent one after the other, and the program may change the items meanwhile.
      for (const task of tasks) task.packed.keep();
      return tasks;
    };
  }

  private *mapNow(
    source: Source<unknown>,
    make: (items: readonly unknown[]) => ChunkTask[],
    call: string,
  ): Coroutine<unknown[]> {
    this.dispatcher.checkOpen(call);
    this.dispatcher.enter();
    try {
      return yield* this.mapItems(source, make);
    } finally {
      this.dispatcher.leave();
    }
  }

  private *mapItems(source: Source<unknown>, make: (items: readonly unknown[]) => ChunkTask[]): Coroutine<unknown[]> {
    return yield* this.mapTasks(make(yield* allItems(source)));
  }

  private *mapTasks(tasks: readonly ChunkTask[]): Coroutine<unknown[]> {
    const { calls } = this;
    const run = calling(tasks[0]?.target, (task: ChunkTask) => calls.run(task) as Coroutine<ChunkResult>);
    const results = yield* mapAll(calls.callers(2 * calls.slots), run, tasks);
    return results.flatMap(({ values }) => values);
  }

  /** Passes the outcome of a call on. */
  private settle(
    result: PoolResult<unknown>,
    hasFailed: boolean,
    outcome: unknown,
    callback: Callback | undefined,
    errorCallback: Callback | undefined,
  ): void {
    const called = hasFailed ? errorCallback : callback;
    if (called !== undefined) this.callbacks.spawn(called as (outcome: unknown) => unknown, outcome);
    if (hasFailed) result.setException(outcome);
    else result.set(outcome);
  }
}

type Callback = (outcome: never) => unknown;

/** Notes the end of a greenlet, and takes its error. */
class GreenletEnd implements Waiter, ErrorTaker {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly takesErrors = true;
  private readonly onEnd: () => void;

  constructor(onEnd: () => void) {
    this.onEnd = onEnd;
  }

  notify(): void {
    this.onEnd();
  }
}
