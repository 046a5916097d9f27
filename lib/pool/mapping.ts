import { type AsyncContext, capturedContext, runInContext } from '../greenlet/context.ts';
import { kernel } from '../greenlet/kernel.ts';
import type { Coroutine } from '../greenlet/operation.ts';
import type { RawGreenlet } from '../greenlet/raw-greenlet.ts';
import { UNSTARTED } from '../greenlet/state.ts';
import { wasRaised } from '../hub/cancellation/cancellation.ts';
import { Greenlet } from '../hub/tasks/greenlet.ts';
import { helper } from '../hub/tasks/helper.ts';
import { ownerOf } from '../hub/tasks/owner.ts';
import { spawn } from '../hub/tasks/spawn.ts';
import type { Group } from './group.ts';
import { Member } from './member.ts';
import { type Source, type Steps, stepsOf, stop, take } from './steps.ts';

/** The result or the error for one item. */
export type Result<R> = { readonly ok: true; readonly value: R } | { readonly ok: false; readonly error: unknown };

/** The place of a result, before and after it is known. */
export interface Place<R> {
  result: Result<R> | null;
}

/**
 * Calls a function with each item of a source in members of a group:
 *
 *     source ─reader─▶ tasks (members at work) ─▶ results
 *
 * The reader is a greenlet that exists only while items may be read, so an abandoned mapping leaves no greenlet behind.
 * Items that are already present, as in an array, need no reader: each task that ends begins the next one.
 */
export abstract class Mapping<T, R> {
  protected readonly group: Group;
  protected readonly fn: (item: T) => unknown;
  /** How many items have been read. */
  protected begun: number;
  protected sourceEnded: boolean;
  protected closed: boolean;
  private readonly steps: Steps<T>;
  private reader: Greenlet | null;
  /** True if other greenlets must get a turn before it reads on. */
  private othersFirst: boolean;
  /** The tasks in progress: the first `working` entries, in any order. */
  private readonly tasks: (Task<T, R> | null)[];
  private working: number;
  /** The greenlet it works for, and its async context. */
  private readonly owner: RawGreenlet;
  private readonly context: AsyncContext | null;

  constructor(group: Group, fn: (item: T) => unknown, items: Source<T>) {
    this.group = group;
    this.fn = fn;
    this.begun = 0;
    this.sourceEnded = false;
    this.closed = false;
    this.steps = stepsOf(items);
    this.reader = null;
    this.othersFirst = false;
    this.tasks = [];
    this.working = 0;
    this.owner = ownerOf(kernel.current);
    this.context = capturedContext();
  }

  /** Whether the consumer of the results allows another item to be read. */
  protected abstract hasRoom(): boolean;

  protected abstract taskBegan(task: Task<T, R>): void;

  protected abstract taskDone(task: Task<T, R>): void;

  /** Called with an error of the source, which has then ended. */
  protected abstract sourceFailed(error: unknown): void;

  /** Gives available results to the waiters. */
  protected abstract deliver(): void;

  /** Ends the mapping early. Kills the tasks in progress and returns them. */
  close(): Greenlet[] {
    if (this.closed) return [];
    const { reader } = this;
    const killed = this.atWork();
    this.finish();
    if (reader?.active === true && reader.state !== UNSTARTED) reader.kill();
    else {
      reader?.kill();
      this.stopSource();
    }
    for (const greenlet of killed) greenlet.kill();
    return killed;
  }

  get isClosed(): boolean {
    return this.closed;
  }

  blockers(): Iterable<RawGreenlet> {
    return this.atWork();
  }

  describeWait(): string {
    const { fn, group, working } = this;
    return `a result of ${fn.name || 'a function'} mapped in ${group.name} (${working} at work)`;
  }

  /** Takes the error of a task that has ended. */
  takeError(greenlet: Greenlet): void {
    greenlet.taken = true;
  }

  /** @param isAwaited whether another greenlet waits for the slot of this task */
  taskEnded(task: Task<T, R>, isAwaited: boolean): void {
    this.removeTask(task);
    if (this.closed) return;
    this.taskDone(task);
    this.othersFirst = isAwaited;
    this.read();
    this.othersFirst = false;
    this.deliver();
  }

  *reading(): Coroutine<void> {
    try {
      while (this.mayRead()) {
        const step = yield* take(this.steps);
        if (step.done) {
          this.steps.finish?.();
          this.sourceEnded = true;
          this.deliver();
        } else if (!this.closed) this.beginTask(step.value);
      }
    } catch (error) {
      if (this.closed) throw error;
      this.sourceEnded = true;
      this.sourceFailed(error);
      this.deliver();
      return;
    } finally {
      this.reader = null;
    }
    if (this.closed) this.stopSource();
  }

  /** Reads the items that may be read, or starts a reader for them. */
  protected read(): void {
    if (this.reader !== null || !this.mayRead()) return;
    if (kernel.captureContext === null) this.readNowOrLater();
    // The code that calls this may run in the context of a task.
    else runInContext(this.context, () => this.readNowOrLater());
  }

  protected finish(): void {
    this.closed = true;
  }

  private readNowOrLater(): void {
    const { present } = this.steps;
    if (present === undefined || this.othersFirst) this.reader = spawn(readSource<T, R>, this);
    else this.readNow(present);
  }

  private readNow(present: Iterator<T>): void {
    do {
      let step: IteratorResult<T, unknown>;
      try {
        step = present.next();
      } catch (error) {
        this.sourceEnded = true;
        this.sourceFailed(error);
        return;
      }
      if (step.done) this.sourceEnded = true;
      else this.beginTask(step.value);
    } while (this.mayRead());
  }

  private mayRead(): boolean {
    return !this.closed && !this.sourceEnded && this.hasRoom() && this.working < Math.max(1, this.group.width);
  }

  private beginTask(item: T): void {
    const greenlet = new Greenlet(this.fn, item);
    greenlet.spawnedBy = this.owner;
    const task = new Task<T, R>(this, this.group, greenlet, this.begun, this.working);
    this.begun += 1;
    this.tasks[this.working] = task;
    this.working += 1;
    this.taskBegan(task);
    this.group.launch(task);
  }

  private removeTask(task: Task<T, R>): void {
    this.working -= 1;
    const last = this.tasks[this.working] as Task<T, R>;
    this.tasks[task.slot] = last;
    last.slot = task.slot;
    this.tasks[this.working] = null;
  }

  /** The greenlets of the tasks in progress, in the order of their items. */
  private atWork(): Greenlet[] {
    const tasks = this.tasks.slice(0, this.working) as Task<T, R>[];
    return tasks.sort((a, b) => a.index - b.index).map((task) => task.greenlet);
  }

  private stopSource(): void {
    if (!this.sourceEnded) spawn(stop<T>, this.steps, undefined, this.owner);
    this.sourceEnded = true;
  }
}

const readSource = /* @__PURE__ */ helper(<T, R>(mapping: Mapping<T, R>): Coroutine<void> => mapping.reading());

/** An item in progress. It is the group's member that works on the item, and also reports its end to the mapping. */
export class Task<T, R> extends Member implements Place<R> {
  /** The position of the item in the source. */
  readonly index: number;
  /** The position in the mapping's list of tasks. */
  slot: number;
  result: Result<R> | null;
  private readonly mapping: Mapping<T, R>;

  constructor(mapping: Mapping<T, R>, group: Group, greenlet: Greenlet, index: number, slot: number) {
    super(group, greenlet);
    this.index = index;
    this.slot = slot;
    this.result = null;
    this.mapping = mapping;
  }

  override notify(): void {
    const { isAwaited } = this.group;
    const { greenlet, mapping } = this;
    if (this.isIn) this.group.memberEnded(this);
    // Its error becomes its result, except an error of its cleanup after the mapping has killed it.
    if (!mapping.isClosed || !wasRaised(greenlet)) mapping.takeError(greenlet);
    mapping.taskEnded(this, isAwaited);
  }

  /** Does nothing: a discarded member continues, and the mapping still needs its result. */
  override discarded(): void {}
}
