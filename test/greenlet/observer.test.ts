import * as assert from 'uvu/assert';
import { kernel } from '../../lib/greenlet/kernel.ts';
import { type Observer, setObserver } from '../../lib/greenlet/observer.ts';
import {
  all,
  any,
  type Coroutine,
  Event,
  type Greenlet,
  getcurrent,
  getHub,
  greenlet,
  nursery,
  Pool,
  type RawGreenlet,
  race,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('observer');
const main = getcurrent();

/** Notes each event as one line. */
class Notes implements Observer {
  readonly followsSwitches: boolean;
  readonly lines: string[] = [];

  constructor(followsSwitches = true) {
    this.followsSwitches = followsSwitches;
  }

  spawned(greenlet: RawGreenlet): void {
    this.lines.push(`${kernel.current.name} spawned ${short(greenlet)}`);
  }

  woken(greenlet: RawGreenlet): void {
    this.lines.push(`${short(kernel.current)} woke ${short(greenlet)}`);
  }

  switched(origin: RawGreenlet, target: RawGreenlet): void {
    this.lines.push(`${short(origin)} → ${short(target)}`);
  }

  killed(greenlet: RawGreenlet): void {
    this.lines.push(`${short(kernel.current)} killed ${short(greenlet)}`);
  }

  timedOut(greenlet: RawGreenlet): void {
    this.lines.push(`${short(greenlet)} timed out`);
  }

  ended(greenlet: RawGreenlet, hasFailed: boolean, result: unknown): void {
    this.lines.push(`${short(greenlet)} ${hasFailed ? 'threw' : 'returned'} ${result}`);
  }

  failed(greenlet: RawGreenlet, error: unknown): void {
    this.lines.push(`nobody took ${error} of ${short(greenlet)}`);
  }
}

/** The name without the id. */
function short(greenlet: RawGreenlet): string {
  return greenlet.name.replace(/-\d+$/, '');
}

/** Observes until all of these have ended. */
async function observed(start: () => Greenlet[], notes = new Notes()): Promise<string[]> {
  const hub = getHub();
  const { switchInterval } = hub;
  // The speed of the machine must not decide when the hub rests.
  hub.switchInterval = Infinity;
  setObserver(notes);
  try {
    const greenlets = start();
    // Not awaited one by one, because main's own waits are greenlets too.
    await new Promise<void>((resolve) => {
      let left = greenlets.length;
      for (const greenlet of greenlets) {
        greenlet.link(() => {
          left -= 1;
          if (left === 0) resolve();
        });
      }
    });
  } finally {
    setObserver(null);
    hub.switchInterval = switchInterval;
  }
  return notes.lines;
}

test('the observer sees who wakes whom, and each slice', async () => {
  const event = new Event();

  const lines = await observed(() => [
    spawn(function* waiter() {
      yield* event.wait();
      return 'done';
    }),
    spawn(function* setter() {
      event.set();
    }),
  ]);

  assert.equal(lines.slice(0, 6), [
    'main spawned waiter',
    'main spawned setter',
    'main → waiter',
    'waiter → setter',
    'setter woke waiter',
    'setter returned undefined',
  ]);
  assert.ok(lines.includes('setter → waiter'));
  assert.ok(lines.includes('waiter returned done'));
});

test('a greenlet that continues after its own sleep(0) begins a new slice', async () => {
  const lines = await observed(() => [
    spawn(function* alone() {
      yield* sleep(0);
    }),
  ]);

  assert.ok(lines.includes('alone → alone'));
  assert.not.ok(lines.some((line) => line.includes('woke alone')));
});

test('each greenlet that runs was spawned before, whatever has made it', async () => {
  const bodies: (() => Coroutine<unknown>)[] = [() => sleep(1) as never, () => sleep(0) as never];
  const lines = await observed(() => [
    spawn(function* combines() {
      yield* all(bodies);
      yield* race(bodies);
      yield* any(bodies);
      yield* nursery(function* (tasks) {
        for (const body of bodies) tasks.spawn(body);
      });
      yield* new Pool(1).map(sleep, [0, 0]);
    }),
  ]);
  const spawns = lines.filter((line) => / spawned /.test(line)).length;
  const ends = lines.filter((line) => / (?:returned|threw) /.test(line)).length;

  assert.ok(spawns > 10);
  assert.is(spawns, ends);
});

test('the observer sees explicit switches', () => {
  const a = greenlet(function* a() {
    yield* b.switch();
    yield* b.switch();
  });
  const b = greenlet(function* b() {
    yield* a.switch();
    yield* main.switch();
  });
  const notes = new Notes();

  setObserver(notes);
  a.switch();
  setObserver(null);

  assert.equal(notes.lines, ['main → a', 'a → b', 'b → a', 'a → b', 'b → main']);
});

test('the observer sees a kill, before and after the start, and the end that it causes', async () => {
  const lines = await observed(() => {
    const never = spawn(function* never() {});
    never.kill({ reason: 'no' });
    const victim = spawn(function* victim() {
      yield* sleep(1_000);
    });
    const killer = spawn(function* killer() {
      victim.kill({ reason: 'stop' });
      victim.kill({ reason: 'again' });
    });
    return [never, victim, killer];
  });

  assert.ok(lines.includes('main killed never'));
  assert.ok(lines.includes('never threw no'));
  assert.not.ok(lines.some((line) => line.includes('→ never')));
  assert.is(lines.filter((line) => line === 'killer killed victim').length, 1);
  assert.ok(lines.includes('killer woke victim'));
  assert.ok(lines.includes('victim threw stop'));
});

test('the observer sees time limits of each kind', async () => {
  const lines = await observed(() => [
    spawn(function* waits() {
      yield* new Event().wait({ timeout: 1 });
    }),
    spawn(function* scoped() {
      yield* withTimeout(1, sleep(1_000), { timeoutValue: null });
    }),
    spawn(function* object() {
      try {
        new Timeout(1).start();
        yield* sleep(1_000);
      } catch {}
    }),
  ]);

  for (const name of ['waits', 'scoped', 'object']) assert.ok(lines.includes(`${name} timed out`), name);
});

test('the observer sees an error that nobody took', async () => {
  const hub = getHub();
  const notes = new Notes(false);
  const told = new Promise<void>((resolve) => {
    hub.handleError = () => resolve();
  });
  setObserver(notes);
  try {
    spawn(function* bad() {
      throw 'oh';
    });
    await told;
  } finally {
    setObserver(null);
    delete (hub as Partial<typeof hub>).handleError;
  }

  assert.equal(notes.lines, ['main spawned bad', 'bad threw oh', 'nobody took oh of bad']);
});

test.run();
