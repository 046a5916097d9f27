/**
 * What runs in a worker of a pool. A plain function is called at once; everything else runs in a greenlet of its own, which can
 * be killed.
 */
import { GreenletExit, isA } from '../../greenlet/errors.ts';
import { kernel } from '../../greenlet/kernel.ts';
import { type Coroutine, frameOf, isGeneratorFunction } from '../../greenlet/operation.ts';
import type { Waiter, Waiting } from '../../hub/loop/wait-queue.ts';
import { isThenable } from '../../hub/parking/body.ts';
import { sleep } from '../../hub/parking/sleep.ts';
import { until } from '../../hub/parking/until.ts';
import type { ErrorTaker } from '../../hub/tasks/end-waiters.ts';
import type { Greenlet } from '../../hub/tasks/greenlet.ts';
import { spawn } from '../../hub/tasks/spawn.ts';
import { decode, type Encoded, encode, encodeError, loadFunctions } from '../travel/encode.ts';
import { loadTarget } from '../travel/load-target.ts';
import type { Way } from '../travel/shareable.ts';
import {
  CALL_OFF,
  CHUNK,
  CHUNK_DONE,
  DONE,
  FAILED,
  GO_ON,
  LOAD,
  LOADED,
  type Message,
  RUN,
  SPREAD,
} from './messages.ts';

type Fn = (...args: unknown[]) => unknown;

const AsyncFunction = (async () => {}).constructor as new () => object;

export interface RunnerOptions {
  post(message: Message): void;
  /** Where results go. */
  readonly way: Way;
  /** True once the worker ends, so that its greenlets are killed. */
  isEnding(): boolean;
}

export class TaskRunner {
  private readonly options: RunnerOptions;
  private readonly targets: Fn[] = [];
  private readonly tasks = new Map<number, Greenlet<unknown>>();

  constructor(options: RunnerOptions) {
    this.options = options;
  }

  receive(message: Message): void {
    const [kind, number, ...fields] = message as [number, number, ...unknown[]];
    switch (kind) {
      case RUN:
        this.run(number, message);
        break;
      case CHUNK:
        this.runChunk(number, message);
        break;
      case CALL_OFF:
        this.tasks.get(number)?.kill();
        break;
      case LOAD:
        spawn(loading, this, number, fields as [string, string]);
    }
  }

  /** Imports a target. */
  *load(target: number, [module, name]: [string, string]): Coroutine<void> {
    try {
      const place = { module, export: name };
      const fn = yield* until(loadTarget(place));
      if (typeof fn !== 'function') throw new TypeError(`the export "${name}" of ${module} is no function`);
      this.targets[target] = fn as Fn;
      this.options.post([LOADED, target]);
    } catch (error) {
      this.postError([LOADED, target], error);
    }
  }

  private run(id: number, [, , target, payload, specials]: Message): void {
    const fn = this.targets[target as number] as Fn;
    if (specials !== undefined) {
      this.watch(id, spawn(afterLoading, fn, { payload, specials } as Encoded));
      return;
    }
    const args = payload as unknown[];
    if (isGeneratorFunction(fn) || fn instanceof AsyncFunction) {
      this.watch(id, spawn(fn, ...args));
      return;
    }
    let result: unknown;
    try {
      result = args.length === 1 ? fn(args[0]) : fn(...args);
    } catch (error) {
      this.postError([FAILED, id], error);
      return;
    }
    if (isToBeAwaited(result))
      this.watch(
        id,
        spawn(() => result),
      );
    else this.postDone(id, result);
  }

  private runChunk(id: number, [, , target, mode, payload, specials]: Message): void {
    const fn = this.targets[target as number] as Fn;
    const encoded = { payload, specials: specials ?? null } as Encoded;
    const chunk = new Chunk(fn, mode as number, encoded);
    this.watch(id, spawn(runningChunk, chunk), chunk);
  }

  private watch(id: number, greenlet: Greenlet<unknown>, chunk: Chunk | null = null): void {
    this.tasks.set(id, greenlet);
    greenlet.watch(new TaskEnd(this, id, greenlet, chunk));
  }

  /** @internal */
  taskEnded(id: number, greenlet: Greenlet<unknown>, chunk: Chunk | null): void {
    this.tasks.delete(id);
    const { exception } = greenlet;
    // The pool itself reports the end of the worker.
    if (isA(exception, GreenletExit) && this.options.isEnding()) return;
    if (!greenlet.successful()) this.postError([FAILED, id], exception, greenlet.rarities?.killed === true);
    else if (chunk === null) this.postDone(id, greenlet.value);
    else this.postChunkDone(id, chunk);
  }

  private postDone(id: number, result: unknown): void {
    const { way } = this.options;
    try {
      const { payload, specials } = encode(result, 'result', way);
      this.options.post(specials === null ? [DONE, id, payload] : [DONE, id, payload, specials]);
    } catch (error) {
      this.postError([FAILED, id], error);
    }
  }

  private postChunkDone(id: number, chunk: Chunk): void {
    const { way } = this.options;
    const { values, errors } = chunk;
    let encoded: Encoded;
    try {
      encoded = encode(values, 'results', way);
    } catch {
      values.forEach((value, index) => {
        try {
          encode(value, 'result', way);
        } catch (error) {
          values[index] = undefined;
          errors.push([index, error]);
        }
      });
      if (!chunk.goesOn) {
        this.postError([FAILED, id], errors[0]?.[1]);
        return;
      }
      encoded = encode(values, 'results', way);
    }
    const failures = errors.map(([index, error]) => {
      const { payload, specials } = encodeError(error, way);
      return [index, payload, specials];
    });
    const { payload, specials } = encoded;
    this.options.post(
      failures.length === 0 && specials === null
        ? [CHUNK_DONE, id, payload]
        : [CHUNK_DONE, id, payload, specials, ...(failures.length === 0 ? [] : [failures])],
    );
  }

  private postError(fields: [number, number], error: unknown, wasKilled = false): void {
    const { payload, specials } = encodeError(error, this.options.way);
    this.options.post([...fields, payload, specials, wasKilled]);
  }
}

/** Tells the runner of the end of a task's greenlet, and takes its error. */
class TaskEnd implements Waiter, ErrorTaker {
  queue: Waiting | null = null;
  before: Waiter | null = null;
  after: Waiter | null = null;
  readonly takesErrors = true;
  private readonly runner: TaskRunner;
  private readonly id: number;
  private readonly greenlet: Greenlet<unknown>;
  private readonly chunk: Chunk | null;

  constructor(runner: TaskRunner, id: number, greenlet: Greenlet<unknown>, chunk: Chunk | null) {
    this.runner = runner;
    this.id = id;
    this.greenlet = greenlet;
    this.chunk = chunk;
  }

  notify(): void {
    this.runner.taskEnded(this.id, this.greenlet, this.chunk);
  }
}

/** The items of a chunk, and their results. */
class Chunk {
  readonly values: unknown[] = [];
  readonly errors: [index: number, error: unknown][] = [];
  private readonly fn: Fn;
  private readonly mode: number;
  private readonly encoded: Encoded;

  constructor(fn: Fn, mode: number, encoded: Encoded) {
    this.fn = fn;
    this.mode = mode;
    this.encoded = encoded;
  }

  get goesOn(): boolean {
    return (this.mode & GO_ON) !== 0;
  }

  *run(): Coroutine<void> {
    const { fn, values } = this;
    const isSpread = (this.mode & SPREAD) !== 0;
    const items = (yield* decoded(this.encoded)) as unknown[];
    for (const item of items) {
      try {
        const result = isSpread ? fn(...(item as unknown[])) : fn(item);
        values.push(isToBeAwaited(result) ? yield* settled(fn, result) : result);
      } catch (error) {
        // A kill of the chunk is no error of the item.
        if (!this.goesOn || kernel.current.pending !== null) throw error;
        this.errors.push([values.length, error]);
        values.push(undefined);
      }
      // Other tasks get their turn, and a chunk that is called off ends here.
      yield* sleep(0);
    }
  }
}

function* loading(runner: TaskRunner, target: number, place: [string, string]): Coroutine<void> {
  yield* runner.load(target, place);
}

function* runningChunk(chunk: Chunk): Coroutine<void> {
  yield* chunk.run();
}

function* afterLoading(fn: Fn, encoded: Encoded): Coroutine<unknown> {
  const args = (yield* decoded(encoded)) as unknown[];
  return yield* settled(fn, fn(...args));
}

/** Decodes what was sent, once the modules of the functions in it are imported. */
function* decoded(encoded: Encoded): Coroutine<unknown> {
  const loading = loadFunctions(encoded);
  if (loading !== null) yield* until(loading);
  return decode(encoded);
}

function isToBeAwaited(result: unknown): boolean {
  return (
    typeof result === 'object' &&
    result !== null &&
    (isThenable(result) || typeof (result as Partial<Iterator<unknown>>).next === 'function')
  );
}

/** The final result of a function that has returned `result`. */
export function* settled(fn: Fn, result: unknown): Coroutine<unknown> {
  const frame = frameOf(fn, result);
  if (frame !== null) return yield* frame;
  return isThenable(result) ? yield* until(result) : result;
}
