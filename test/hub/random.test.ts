import * as assert from 'uvu/assert';
import {
  type Coroutine,
  call,
  Greenlet,
  GreenletError,
  getHub,
  greenlet,
  joinall,
  killall,
  Lock,
  Queue,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { firstSeed, onRandomSchedules, type Random } from '../support/random.ts';

const test = suite(`random trees of greenlets, from seed ${firstSeed}`);
const hub = getHub();

/** The state that the greenlets of one schedule share. */
class World {
  readonly random: Random;
  readonly greenlets: Greenlet<unknown>[] = [];
  readonly queue = new Queue<number>();
  readonly lock = new Lock();
  readonly received: number[] = [];
  put = 0;
  /** How many times each `finally` ran. */
  readonly cleaned: number[] = [];
  /** The numbers of shielded sections that began and that ended. */
  shieldsBegun = 0;
  shieldsEnded = 0;
  holders = 0;
  private budget = 60;

  constructor(random: Random) {
    this.random = random;
  }

  /** A coroutine of a few random steps, whose `finally` is counted. */
  *program(depth: number): Coroutine<void> {
    const id = this.cleaned.push(0) - 1;
    try {
      for (let steps = this.random.int(1, 4); steps > 0 && this.budget > 0; steps -= 1) {
        this.budget -= 1;
        yield* this.step(depth);
      }
    } finally {
      (this.cleaned[id] as number) += 1;
      if (this.random.chance(0.3)) yield* this.shielded(() => sleep(this.random.int(0, 3)));
      if (this.random.chance(0.1)) yield* sleep(1);
    }
  }

  spawn(depth: number): Greenlet<unknown> {
    const gr = spawn(() => this.program(depth)) as Greenlet<unknown>;
    this.greenlets.push(gr);
    // Mark it as taken, so that the reason of a kill is not reported.
    gr.link(() => {});
    return gr;
  }

  /** An error that a program may catch. Its kind does not matter, because a kill is raised again anyway. */
  private *step(depth: number): Coroutine<void> {
    const { random } = this;
    const nested = () => this.program(depth - 1);
    const steps: (() => Coroutine<unknown>)[] = [
      function* () {
        yield* sleep(random.int(0, 5));
      },
      () => this.get(),
      () => this.hold(),
      () => this.killSomebody(),
      function* (this: void) {
        try {
          yield* sleep(random.int(0, 5));
        } catch {}
      },
    ];
    if (depth > 0) {
      steps.push(
        nested,
        function* () {
          yield* call(nested);
        },
        function* () {
          yield* withTimeout(random.int(0, 6), nested, { timeoutValue: undefined });
        },
        function* () {
          try {
            yield* withTimeout(random.int(0, 6), nested);
          } catch (error) {
            if (!(error instanceof Timeout)) throw error;
          }
        },
        () => this.alarmed(nested),
        () => this.shielded(() => withTimeout(4, nested, { timeoutValue: undefined })),
        () => this.raw(nested),
        () => this.family(depth),
      );
    }
    yield* random.pick(steps)();
  }

  private *get(): Coroutine<void> {
    if (this.random.chance(0.6)) {
      this.put += 1;
      this.queue.putNowait(this.put);
    }
    const timeout = this.random.pick([0, 1, 3]);
    const operation = this.queue.get();
    const { received } = this;
    // Received in the step in which it is given, so a lost item was lost in between.
    yield* withTimeout(
      timeout,
      function* (this: void) {
        received.push(yield* operation);
      },
      { timeoutValue: undefined },
    );
  }

  private *hold(): Coroutine<void> {
    yield* this.lock.acquire();
    try {
      this.holders += 1;
      assert.is(this.holders, 1, 'a lock has one holder');
      yield* sleep(this.random.int(0, 2));
    } finally {
      this.holders -= 1;
      this.lock.release();
    }
  }

  private *killSomebody(): Coroutine<void> {
    const victim = this.random.pick(this.greenlets);
    const killed = victim.kill(this.random.chance(0.2) ? { reason: new Error('reason') } : {});
    if (this.random.chance(0.3)) yield* killed;
  }

  /** A Timeout object around a section of the program. */
  private *alarmed(body: () => Coroutine<void>): Coroutine<void> {
    const timeout = Timeout.startNew(this.random.int(0, 6));
    try {
      yield* body();
    } catch (error) {
      if (error !== timeout) throw error;
    } finally {
      timeout.close();
    }
  }

  private *shielded(body: () => unknown): Coroutine<void> {
    const world = this;
    yield* shield(function* () {
      world.shieldsBegun += 1;
      yield* call(body);
      world.shieldsEnded += 1;
    });
  }

  private *raw(body: () => Coroutine<void>): Coroutine<void> {
    const child = greenlet(body);
    yield* child.switch();
  }

  private *family(depth: number): Coroutine<void> {
    const children = Array.from({ length: this.random.int(1, 3) }, () => this.spawn(depth - 1));
    if (this.random.chance(0.5)) yield* joinall(children, { timeout: this.random.int(0, 10) });
    if (this.random.chance(0.5)) killall(children);
  }
}

test('every finally runs once, every greenlet ends, nothing is lost and no timer is left', async ({ reported }) => {
  await onRandomSchedules(400, async (random) => {
    const world = new World(random);
    for (let count = random.int(1, 4); count > 0; count -= 1) world.spawn(4);
    const killer = spawn(function* () {
      for (let kills = random.int(0, 6); kills > 0; kills -= 1) {
        yield* sleep(random.int(0, 4));
        random.pick(world.greenlets).kill();
      }
    });

    await killer;
    await sleep(random.int(0, 20));
    await killall(world.greenlets);
    // Raw greenlets continue after the greenlets that they have spawned were killed, and may spawn more.
    await sleep(1_000);
    await killall(world.greenlets);
    await sleep(1_000);

    // A raw greenlet whose parent was killed has no receiver for its end. The hub reports that, as expected here.
    for (const { error } of reported.splice(0)) {
      if (!(error instanceof Timeout) && !(error instanceof GreenletError)) throw error;
    }
    for (const gr of world.greenlets) assert.is(gr.dead, true, `${gr.name} has not ended`);
    for (const [id, times] of world.cleaned.entries()) assert.is(times, 1, `finally ${id} ran ${times} times`);
    assert.is(hub.timers.size, 0, 'timers are left');
    assert.is(world.lock.locked(), false, 'the lock is held');
    const left: number[] = [];
    while (world.queue.qsize() > 0) left.push(world.queue.getNowait());
    const seen = [...world.received, ...left].sort((a, b) => a - b);
    assert.equal(
      seen,
      Array.from({ length: world.put }, (_, index) => index + 1),
      'every item that was put was received or is still there, once',
    );
    assert.is(
      [...hub.living()].filter((gr) => gr instanceof Greenlet).length,
      0,
      'the hub keeps greenlets that have ended',
    );
  });
});

test.run();
