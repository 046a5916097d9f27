/**
 * Random programs over everything that blocks: each is a tree of random steps in which greenlets are spawned, killed,
 * timed out and raced, while items, locks and rejections pass between them. `World` keeps the books: what was put and
 * got, who holds what, which `finally` ran. `violations()` compares the books with the objects once all has ended.
 */
import {
  all,
  allSettled,
  any,
  Channel,
  Condition,
  type Coroutine,
  call,
  Event,
  forEach,
  type Greenlet,
  GreenletExit,
  getcurrent,
  getHub,
  greenlet,
  joinall,
  killall,
  Lock,
  nursery,
  type Operation,
  Pool,
  Queue,
  race,
  Semaphore,
  select,
  shield,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from '../../lib/index.ts';
import type { Random } from '../../lib/testing/index.ts';
import { waitersOf } from '../support/leaks.ts';

/** The intended errors of random programs. Every other error is a fault of the library. */
class Wanted extends Error {
  override name = 'Wanted';
}

class Item {
  readonly number: number;

  constructor(number: number) {
    this.number = number;
  }
}

type Body = Operation<unknown> | PromiseLike<unknown> | (() => Coroutine<unknown>);
type Step = (depth: number) => Coroutine<unknown>;

/** A thenable that starts its work at `then()`, as query builders do. */
class LazyThenable implements PromiseLike<unknown> {
  asked = 0;
  private readonly act: (resolve: (value: unknown) => void, reject: (error: unknown) => void) => void;

  constructor(act: LazyThenable['act']) {
    this.act = act;
  }

  // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested
  then(resolve?: ((value: never) => unknown) | null, reject?: ((error: unknown) => unknown) | null): Promise<never> {
    this.asked += 1;
    this.act(resolve as (value: unknown) => void, reject as (error: unknown) => void);
    return undefined as unknown as Promise<never>;
  }
}

export class World {
  private readonly random: Random;
  private readonly greenlets: Greenlet<unknown>[] = [];
  private readonly queues = [new Queue<Item>(), new Queue<Item>(1), new Channel<Item>()];
  private readonly lock = new Lock();
  /** For a Lock only: branches of one greenlet share an RLock. */
  private readonly condition = new Condition(new Lock());
  private readonly semaphore = new Semaphore(2);
  private readonly event = new Event();
  private readonly pool = new Pool(2);
  private readonly thenables: LazyThenable[] = [];
  private readonly put: Item[] = [];
  private readonly got: Item[] = [];
  private readonly faults: string[] = [];
  /** How many times each `finally` ran. */
  private readonly cleaned: number[] = [];
  private shieldsBegun = 0;
  private shieldsEnded = 0;
  private lockHolders = 0;
  private conditionHolders = 0;
  private semaphoreHolders = 0;
  private running = 0;
  private items = 0;
  /** How many more steps the whole program may take. */
  private budget: number;

  constructor(random: Random, budget = 80) {
    this.random = random;
    this.budget = budget;
  }

  /** Runs a random program to its end, kills its leftovers, and waits for them. */
  *run(): Coroutine<void> {
    const { greenlets, random } = this;
    const hub = getHub();
    const report = hub.handleError;
    // The error of a loser's cleanup is reported.
    hub.handleError = (failed, error) => {
      if (!isExpected(error)) report.call(hub, failed, error);
    };
    for (let count = random.int(1, 4); count > 0; count -= 1) this.spawn(3);
    for (let kills = random.int(0, 6); kills > 0; kills -= 1) {
      yield* sleep(random.int(0, 4));
      random.pick(greenlets).kill();
    }
    yield* sleep(random.int(0, 20));
    this.budget = 0;
    // Cleanup may wait for something that another greenlet holds, so it may take a few rounds until all have ended.
    for (let rounds = 0; rounds < 50 && !greenlets.every(({ dead }) => dead); rounds += 1) {
      yield* withTimeout(100, killall(greenlets), { timeoutValue: undefined });
    }
    // Tasks of an abandoned mapping end by themselves, and others may run first.
    for (let rounds = 0; rounds < 100 && this.pool.size > 0; rounds += 1) yield* sleep(1);
  }

  /** The differences between the books and the objects; empty if there are none. */
  violations(): string[] {
    const { faults } = this;
    const expect = (holds: boolean, fault: string): void => {
      if (!holds) faults.push(fault);
    };
    for (const { dead, name } of this.greenlets) expect(dead, `${name} has not ended`);
    for (const [id, times] of this.cleaned.entries()) expect(times === 1, `finally ${id} ran ${times} times`);
    for (const { exception } of this.greenlets) expect(isExpected(exception), `failed with ${describe(exception)}`);
    for (const { asked } of this.thenables) expect(asked <= 1, `a thenable was asked ${asked} times`);
    expect(this.shieldsBegun === this.shieldsEnded, `${this.shieldsBegun - this.shieldsEnded} shields were broken`);
    expect(!this.lock.locked(), 'the lock is held');
    expect(!this.condition.lock.locked(), 'the lock of the condition is held');
    expect(this.semaphore.counter === 2, `the semaphore has ${this.semaphore.counter} of 2`);
    expect(this.running === 0 && this.pool.size === 0, `the pool has ${this.pool.size} members`);
    for (const waited of [...this.queues, this.lock, this.semaphore, this.event]) {
      expect(waitersOf(waited) === 0, 'a waiter is left in line');
    }
    const left = this.queues.flatMap((queue) => Array.from({ length: queue.qsize() }, () => queue.getNowait()));
    const seen = numbersOf([...this.got, ...left]);
    expect(seen === numbersOf(this.put), `put ${numbersOf(this.put)}, got or left ${seen}`);
    return faults;
  }

  private spawn(depth: number): Greenlet<unknown> {
    const spawned = spawn(() => this.program(depth)) as Greenlet<unknown>;
    this.greenlets.push(spawned);
    // Mark it as taken, so that an intended failure is not reported.
    spawned.link(() => {});
    return spawned;
  }

  /** A coroutine of a few random steps, whose `finally` is counted. */
  private *program(depth: number): Coroutine<void> {
    const { random } = this;
    const id = this.cleaned.push(0) - 1;
    try {
      for (let steps = random.int(1, 4); steps > 0 && this.budget > 0; steps -= 1) {
        this.budget -= 1;
        yield* random.pick(this.steps(depth))(depth - 1);
        if (random.chance(0.05)) throw new Wanted('a program');
      }
    } finally {
      (this.cleaned[id] as number) += 1;
      if (random.chance(0.2)) yield* this.shielded(() => sleep(random.int(0, 3)));
      if (random.chance(0.1)) yield* sleep(1);
    }
  }

  private steps(depth: number): Step[] {
    const simple: Step[] = [
      () => this.pause(),
      () => this.take(),
      () => this.give(),
      () => this.hold(),
      () => this.permit(),
      () => this.signal(),
      () => this.kill(),
      () => this.echo(),
      () => this.catchAll(),
    ];
    if (depth <= 0) return simple;
    return [
      ...simple,
      (inner) => this.program(inner),
      (inner) => this.combine(inner),
      (inner) => this.combine(inner),
      (inner) => this.combine(inner),
      (inner) => this.wait(() => call(() => this.program(inner))),
      (inner) => this.timed(() => this.program(inner)),
      (inner) => this.shielded(() => withTimeout(4, () => this.program(inner), { timeoutValue: undefined })),
      (inner) => this.family(inner),
      (inner) => this.tree(inner),
      () => this.mapped(),
    ];
  }

  /** One of several operands by any combinator, sometimes with a deadline. */
  private *combine(depth: number): Coroutine<void> {
    const { random } = this;
    const exclusive = random.chance(0.6);
    const operands = Array.from({ length: random.int(1, 4) }, () => this.operand(depth, exclusive));
    const cases = Object.fromEntries(operands.map((operand, index) => [`case${index}`, operand]));
    const combined = exclusive
      ? random.pick([() => any(operands), () => race(operands), () => select(cases)])()
      : random.pick([() => all(operands), () => allSettled(operands)])();
    const value = yield* this.wait(() => (random.chance(0.4) ? withTimeout(random.int(0, 4), combined) : combined));
    this.note(value);
  }

  /** Runs something that may fail, and usually catches the error. */
  private *wait(begin: () => Operation<unknown>): Coroutine<unknown> {
    const operation = begin();
    if (this.random.chance(0.2)) return yield* operation;
    try {
      return yield* operation;
    } catch (error) {
      if (error instanceof GreenletExit) throw error;
      if (!isExpected(error)) this.faults.push(`an operation failed with ${describe(error)}`);
      return undefined;
    }
  }

  /**
   * @param exclusive whether only one operand may succeed. (An `all` that fails halfway may lose what it has taken.)
   */
  private operand(depth: number, exclusive: boolean): Body {
    const { random } = this;
    const choices: (() => Body)[] = [
      () => sleep(random.int(0, 4)),
      () => (exclusive ? this.queue().get() : sleep(0)),
      () => () => this.take(),
      () => () => this.give(),
      () => () => this.hold(),
      () => () => this.permit(),
      () => () => this.signal(),
      () => this.event.wait({ timeout: 3 }),
      () => Promise.resolve('a value'),
      () => Promise.reject(new Wanted('a rejection')),
      () => this.laterRejection(),
      () => this.thenable(),
      () => until(this.thenable()),
      () => () => this.shielded(() => this.take()),
      () => withTimeout(random.int(0, 3), until(this.thenable())),
    ];
    if (depth > 0) {
      choices.push(
        () => () => this.program(depth - 1),
        () => call(() => this.program(depth - 1)),
        () => race([this.operand(depth - 1, exclusive), this.operand(depth - 1, exclusive)]),
        () => () => this.combine(depth - 1),
      );
    }
    return random.pick(choices)();
  }

  private laterRejection(): Promise<never> {
    let promise: Promise<never> = Promise.reject(new Wanted('a later rejection'));
    for (let turns = this.random.int(1, 3); turns > 0; turns -= 1) promise = promise.then((value) => value);
    return promise;
  }

  private thenable(): LazyThenable {
    const acts: LazyThenable['act'][] = [
      (resolve) => resolve('at once'),
      (_, reject) => reject(new Wanted('at once')),
      (resolve) => void Promise.resolve('later').then(resolve),
      (_, reject) => void Promise.resolve().then(() => reject(new Wanted('later'))),
      (resolve, reject) => {
        resolve('first');
        reject(new Wanted('second'));
      },
      () => {
        throw new Wanted('then() itself');
      },
    ];
    const thenable = new LazyThenable(this.random.pick(acts));
    this.thenables.push(thenable);
    return thenable;
  }

  private queue(): Queue<Item> {
    return this.random.pick(this.queues);
  }

  /** Books the items in the result of an operation, at any depth. */
  private note(value: unknown): void {
    if (value instanceof Item) this.got.push(value);
    else if (Array.isArray(value)) for (const each of value) this.note(each);
    else if (typeof value === 'object' && value !== null && 'value' in value) this.note(value.value);
  }

  private *pause(): Coroutine<void> {
    yield* sleep(this.random.int(0, 5));
  }

  private *take(): Coroutine<void> {
    const item = yield* this.queue().get();
    // Book an item in the step that gets it, so that any item missing at the end was lost before.
    this.got.push(item);
  }

  private *give(): Coroutine<void> {
    this.items += 1;
    const item = new Item(this.items);
    yield* this.queue().put(item);
    this.put.push(item);
  }

  private *hold(): Coroutine<void> {
    yield* this.lock.acquire();
    try {
      this.lockHolders += 1;
      if (this.lockHolders !== 1) this.faults.push(`${this.lockHolders} hold the lock`);
      yield* sleep(this.random.int(0, 2));
    } finally {
      this.lockHolders -= 1;
      this.lock.release();
    }
  }

  private *permit(): Coroutine<void> {
    yield* this.semaphore.acquire();
    try {
      this.semaphoreHolders += 1;
      if (this.semaphoreHolders > 2) this.faults.push(`${this.semaphoreHolders} hold the semaphore`);
      yield* sleep(this.random.int(0, 2));
    } finally {
      this.semaphoreHolders -= 1;
      this.semaphore.release();
    }
  }

  /** Waits for a notification, or sends one. However the wait ends, the lock is held again after it. */
  private *signal(): Coroutine<void> {
    const { condition, random } = this;
    const entered = (): void => {
      this.conditionHolders += 1;
      if (this.conditionHolders !== 1) this.faults.push(`${this.conditionHolders} hold the lock of the condition`);
    };
    if (random.chance(0.2)) this.event.set();
    if (random.chance(0.2)) this.event.clear();
    yield* condition.lock.acquire();
    entered();
    try {
      if (random.chance(0.5)) condition.notify(random.int(1, 2));
      else {
        this.conditionHolders -= 1;
        try {
          yield* condition.wait({ timeout: random.int(0, 4) });
        } finally {
          entered();
        }
      }
    } finally {
      this.conditionHolders -= 1;
      condition.lock.release();
    }
  }

  private *kill(): Coroutine<void> {
    const killed = this.random
      .pick(this.greenlets)
      .kill(this.random.chance(0.2) ? { reason: new Wanted('a kill') } : {});
    if (this.random.chance(0.3)) yield* killed;
  }

  /** A raw greenlet that returns every value it receives. */
  private *echo(): Coroutine<void> {
    const home = getcurrent();
    const other = greenlet(function* (value: number) {
      let sent = value;
      for (;;) sent = yield* home.switch(sent);
    });
    for (let value = this.random.int(1, 3); value > 0; value -= 1) {
      const back = yield* other.switch(value);
      if (back !== value) this.faults.push(`${value} came back as ${back}`);
    }
  }

  private *catchAll(): Coroutine<void> {
    try {
      yield* sleep(this.random.int(0, 5));
    } catch {
      yield* sleep(1);
    }
  }

  private *timed(body: () => Coroutine<void>): Coroutine<void> {
    const timeout = this.random.chance(0.5) ? null : Timeout.startNew(this.random.int(0, 6));
    try {
      yield* timeout === null ? withTimeout(this.random.int(0, 6), body) : call(body);
    } catch (error) {
      if (!(error instanceof Timeout)) throw error;
    } finally {
      timeout?.close();
    }
  }

  private *shielded(body: () => unknown): Coroutine<void> {
    const world = this;
    yield* shield(function* () {
      world.shieldsBegun += 1;
      try {
        // A wait for an item in a shield would never end if no other item is put.
        yield* withTimeout(10, () => call(body), { timeoutValue: undefined });
      } finally {
        world.shieldsEnded += 1;
      }
    });
  }

  private *family(depth: number): Coroutine<void> {
    const children = Array.from({ length: this.random.int(1, 3) }, () => this.spawn(depth));
    if (this.random.chance(0.5)) yield* joinall(children, { timeout: this.random.int(0, 10) });
    if (this.random.chance(0.5)) killall(children);
  }

  private *tree(depth: number): Coroutine<void> {
    const world = this;
    const children: Greenlet<unknown>[] = [];
    const operation = nursery(function* (n) {
      for (let count = world.random.int(0, 3); count > 0; count -= 1) {
        children.push(n.spawn(() => world.program(depth)) as Greenlet<unknown>);
      }
      yield* sleep(world.random.int(0, 4));
    });
    try {
      yield* this.wait(() => operation);
    } finally {
      if (!children.every(({ dead }) => dead)) this.faults.push('a child has outlived its nursery');
    }
  }

  private *mapped(): Coroutine<void> {
    const world = this;
    const { pool, random } = this;
    const task = function* (item: number) {
      world.running += 1;
      if (world.running > 2) world.faults.push(`${world.running} run in a pool of 2`);
      try {
        if (random.chance(0.3)) yield* world.program(0);
        else yield* sleep(random.int(0, 3));
        if (random.chance(0.1)) throw new Wanted('a task');
        return item;
      } finally {
        world.running -= 1;
      }
    };
    const items = Array.from({ length: random.int(0, 5) }, (_, index) => index);
    const ways: (() => Operation<unknown>)[] = [
      () => pool.map(task, items),
      () => forEach(pool.imap(task, items, { maxsize: 2 }), () => sleep(random.int(0, 2))),
      () => forEach(pool.imapUnordered(task, items), () => sleep(random.int(0, 2))),
    ];
    yield* this.wait(random.pick(ways));
  }
}

/** True for the intended ends of random programs. */
function isExpected(error: unknown): boolean {
  if (error === null || error instanceof Wanted || error instanceof GreenletExit || error instanceof Timeout)
    return true;
  return error instanceof AggregateError && error.errors.every(isExpected);
}

function describe(error: unknown): string {
  return error instanceof Error ? String(error.stack) : String(error);
}

function numbersOf(items: readonly Item[]): string {
  return items
    .map(({ number }) => number)
    .sort((a, b) => a - b)
    .join(' ');
}
