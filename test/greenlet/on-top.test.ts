/**
 * A greenlet that switches stays on the stack, and others run on top of it, unless a trace hook is set. A hook makes
 * every switch go through the trampoline. So a program must do the same with and without a hook, step by step.
 */
import * as assert from 'uvu/assert';
import {
  type Coroutine,
  call,
  GreenletExit,
  getcurrent,
  greenlet,
  type RawGreenlet,
  settrace,
  shield,
  sleep,
  spawn,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';
import { depth, firstSeed, Random } from '../support/random.ts';

const test = suite(`greenlets on top of each other, from seed ${firstSeed}`);

const PROGRAMS = Math.ceil(5_000 * depth);
const MOST_STEPS = 60;

/** One random program: a handful of greenlets that switch, throw, call, return, fail and set each other's parents. */
class Program {
  readonly log: string[] = [];
  private readonly random: Random;
  private readonly greenlets: RawGreenlet[] = [];
  private readonly names = new Map<RawGreenlet, string>();
  private readonly main: RawGreenlet;
  private steps = 0;

  constructor(seed: number, main: RawGreenlet) {
    this.random = new Random(seed);
    this.main = main;
    this.names.set(main, 'main');
    const count = this.random.int(2, 5);
    for (let index = 0; index < count; index += 1) this.make();
  }

  run(): void {
    for (let entries = 0; entries < 5; entries += 1)
      this.note(
        'main',
        this.outcome(() => this.pick().switch(entries).value),
      );
  }

  *runInside(): Coroutine<void> {
    for (let entries = 0; entries < 5; entries += 1) {
      yield* sleep(0);
      try {
        this.note('main', yield* this.pick().switch(entries));
      } catch (error) {
        this.note('main', error);
      }
    }
  }

  private make(): RawGreenlet {
    const name = `g${this.greenlets.length}`;
    const body = (...args: unknown[]): Coroutine<unknown> => this.body(name, args);
    const made = greenlet(
      function* run(...args: unknown[]) {
        return yield* body(...args);
      },
      this.greenlets.length === 0 ? this.main : this.random.pick([this.main, ...this.greenlets]),
    );
    this.greenlets.push(made);
    this.names.set(made, name);
    return made;
  }

  private *body(name: string, args: unknown[]): Coroutine<unknown> {
    this.note(name, `began with ${args.map((arg) => this.show(arg))}`);
    try {
      for (;;) {
        this.steps += 1;
        if (this.steps > MOST_STEPS) return `${name} is tired`;
        try {
          if (yield* this.step(name)) return `${name} returned`;
        } catch (error) {
          this.note(name, error);
          if (this.random.chance(1 / 3)) throw error;
        }
      }
    } finally {
      this.note(name, 'cleans up');
      if (this.random.chance(1 / 6) && this.steps < MOST_STEPS)
        this.note(name, yield* this.pick().switch('from finally'));
    }
  }

  /** True if the greenlet must end. */
  private *step(name: string): Coroutine<boolean> {
    const target = this.pick();
    switch (this.random.int(0, 13)) {
      case 0:
        return true;
      case 1:
        throw new Error(`${name} failed`);
      case 2:
        this.note(name, yield* target.throw(new Error(`thrown by ${name}`)));
        break;
      case 3:
        this.note(name, yield* target.throw());
        break;
      case 4: {
        const switching = (depth: number): Coroutine<unknown> => this.nested(name, depth);
        this.note(name, yield* call(switching, this.random.int(0, 2)));
        break;
      }
      case 5:
        this.note(name, yield* this.make().switch('a', 'b'));
        break;
      case 6:
        try {
          getcurrent().parent = target;
        } catch (error) {
          this.note(name, error);
        }
        break;
      case 7:
        this.note(name, yield* target.switch(1, 2));
        break;
      case 8:
        // Not yielded: the next suspension says so.
        target.switch();
        break;
      default:
        this.note(name, yield* target.switch());
    }
    return false;
  }

  private *nested(name: string, depth: number): Coroutine<unknown> {
    if (depth > 0) return yield* call((): Coroutine<unknown> => this.nested(name, depth - 1));
    const got: unknown = yield* this.pick().switch('from a call');
    if (this.random.chance(1 / 4)) throw new Error(`a call of ${name} failed`);
    return got;
  }

  private pick(): RawGreenlet {
    return this.random.pick(this.greenlets);
  }

  private outcome(run: () => unknown): unknown {
    try {
      return run();
    } catch (error) {
      return error;
    }
  }

  private note(who: string, what: unknown): void {
    const running = this.names.get(getcurrent());
    this.log.push(`${who}${running === who ? '' : ` (in ${running})`}: ${this.show(what)}`);
  }

  private show(value: unknown): string {
    if (value instanceof GreenletExit) return 'GreenletExit';
    if (value instanceof Error) return `${value.name}: ${value.message}`;
    return Array.isArray(value) ? `[${value.map((item) => this.show(item))}]` : String(value);
  }
}

test('a random program does the same with a trace hook and without, entered from main', () => {
  for (let index = 0; index < PROGRAMS; index += 1) {
    const seed = firstSeed + index;
    const [plain, traced] = [false, true].map((hooked) => {
      const program = new Program(seed, getcurrent());
      const before = settrace(hooked ? () => {} : null);
      try {
        program.run();
      } finally {
        settrace(before);
      }
      return program.log;
    });
    assert.equal(plain, traced, `seed ${seed}`);
  }
});

test('and in a spawned greenlet, beside others', async () => {
  for (let index = 0; index < PROGRAMS / 10; index += 1) {
    const seed = firstSeed + index;
    const logs: string[][] = [];
    for (const hooked of [false, true]) {
      const before = settrace(hooked ? () => {} : null);
      try {
        const programs: Program[] = [];
        const bodies = [0, 1, 2].map((offset) =>
          spawn(function* () {
            const program = new Program(seed + offset, getcurrent());
            programs.push(program);
            yield* program.runInside();
          }),
        );
        for (const body of bodies) await body.join();
        logs.push(programs.flatMap(({ log }) => log));
      } finally {
        settrace(before);
      }
    }
    assert.equal(logs[0], logs[1], `seed ${seed}`);
  }
});

test('a trace hook set on top of a greenlet sees which greenlets switch', () => {
  const seen: string[] = [];
  const host: RawGreenlet = greenlet(function* host() {
    yield* other.switch();
    yield* other.switch();
  });
  const other: RawGreenlet = greenlet(function* other() {
    yield* host.switch();
    settrace((_event, origin, target) => void seen.push(`${origin.name} ${target.name}`));
    yield* host.switch();
  });
  try {
    host.switch();
  } finally {
    settrace(null);
  }
  assert.equal(seen, ['other host', 'host main']);
});

/** Passes on the steps of an operation in new objects, as a hand-written iterator may. */
function* rewrapping(operation: Iterable<unknown> | { [Symbol.iterator](): Iterator<unknown> }): Coroutine<unknown> {
  const iterator = operation[Symbol.iterator]();
  let step = iterator.next();
  while (step.done !== true) step = iterator.next(yield step.value as never);
  return step.value;
}

test('an iterator that hands tokens on in wrappings of its own may be the host', () => {
  const got: unknown[] = [];
  const main = getcurrent();
  const host: RawGreenlet = greenlet(function* () {
    for (let n = 0; n < 3; n += 1) got.push(yield* rewrapping(other.switch(n)));
  });
  const other: RawGreenlet = greenlet(function* () {
    for (let n = 0; ; n += 1) yield* n % 2 === 0 ? host.switch(n) : main.switch('main');
  });
  assert.is(host.switch().value, 'main');
  host.switch('back');
  assert.equal(got, [0, 'back', 2]);
});

/** Continues after every error until its greenlet is unwound past every catch. */
function* stubborn(cleanUp: () => Coroutine<void>): Coroutine<void> {
  try {
    while (getcurrent().active) {
      try {
        yield* sleep(1_000_000);
      } catch {}
    }
  } finally {
    yield* shield(cleanUp);
  }
}

test('a greenlet that ends on top of another with a forgotten switch does not change main', () => {
  const main = getcurrent();
  const nameless = function* (): Coroutine<void> {};
  Object.defineProperty(nameless, 'name', { value: Symbol('nameless') });
  const forgotten = greenlet(nameless);
  const guest: RawGreenlet = greenlet(function* () {
    yield* host.switch();
    forgotten.switch();
  });
  const host = greenlet(function* () {
    yield* guest.switch();
  });

  assert.throws(() => guest.switch(), /a switch to greenlet Symbol\(nameless\) was made in .* but not yielded/);
  assert.is(getcurrent(), main);
  assert.is(greenlet(() => 'fresh').switch().value, 'fresh');
});

test('a greenlet that is unwound is a host as any other', async () => {
  const log: unknown[] = [];
  const host = spawn(() =>
    stubborn(function* () {
      log.push(yield* other.switch());
    }),
  );
  const other: RawGreenlet = greenlet(function* () {
    log.push(yield* call(inCall));
    yield* host.switch('back');
  });
  function* inCall(): Coroutine<string> {
    yield* starter.switch();
    return 'called';
  }
  const starter = spawn(function* () {
    yield* other.switch();
  });
  await starter;
  await host.kill();
  assert.equal(log, ['called', 'back']);
  assert.instance(host.exception, GreenletExit);
});

test.run();
