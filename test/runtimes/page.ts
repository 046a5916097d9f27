/** The program that `in-page.ts` runs in a page. It imports the built package, as a program of a user does. */
import { Event, getHub, joinall, LoopExit, Queue, race, Semaphore, sleep, spawn, until, withTimeout } from 'greenhub';
import { explore } from 'greenhub/testing';

type Check = () => Promise<unknown>;

/** Each gives a value, which the test compares. */
const checks: Record<string, Check> = {
  async 'greenlets talk through a queue'() {
    const queue = new Queue<number>(1);
    spawn(function* () {
      for (let i = 1; i <= 4; i += 1) yield* queue.put(i);
    });
    return await spawn(function* () {
      let sum = 0;
      for (let i = 0; i < 4; i += 1) sum += yield* queue.get();
      return sum;
    });
  },

  async 'a timeout cancels its body, whose cleanup runs'() {
    const steps: string[] = [];
    const result = await withTimeout(
      5,
      function* () {
        try {
          yield* sleep(60_000);
        } finally {
          steps.push('cleanup');
        }
      },
      { timeoutValue: 'late' },
    );
    return [result, ...steps];
  },

  async 'a killed greenlet aborts its fetch'() {
    let signal: AbortSignal | undefined;
    const job = spawn(function* () {
      yield* until((given) => {
        signal = given;
        return fetch('/never', { signal: given });
      });
    });
    await sleep(5);
    await job.kill();
    return signal?.aborted;
  },

  async 'the fastest branch wins, and 10,000 greenlets take turns'() {
    const gate = new Semaphore(3);
    let most = 0;
    let inside = 0;
    const jobs = Array.from({ length: 10_000 }, () =>
      spawn(function* () {
        yield* gate.acquire();
        inside += 1;
        most = Math.max(most, inside);
        yield* sleep(0);
        inside -= 1;
        gate.release();
      }),
    );
    await joinall(jobs, { raiseError: true });
    return [most, await race([sleep(60_000), spawn(() => 'quick')])];
  },

  async 'a deadlock is told on demand'() {
    const failing = new Event().wait().then(
      () => 'woken',
      (error) => error instanceof LoopExit,
    );
    await new Promise((resolve) => setTimeout(resolve, 5));
    return [getHub().checkDeadlock(), await failing];
  },

  async 'a deadlock is told after a second in debug mode'() {
    const hub = getHub();
    hub.debug = true;
    try {
      return await new Event().wait().then(
        () => 'woken',
        (error) => error instanceof LoopExit,
      );
    } finally {
      hub.debug = false;
    }
  },

  async 'explored schedules lose nothing'() {
    const { runs } = await explore(
      function* () {
        const queue = new Queue<number>(2);
        const got: number[] = [];
        const jobs = [1, 2, 3].map((item) => spawn(() => queue.put(item)));
        const getter = spawn(function* () {
          for (let i = 0; i < 3; i += 1) got.push(yield* queue.get());
        });
        yield* joinall([...jobs, getter], { raiseError: true });
        if (got.sort().join() !== '1,2,3') throw new Error(`got ${got}`);
      },
      { runs: 1_000 },
    );
    return runs;
  },
};

Object.assign(globalThis, { checks, names: Object.keys(checks) });
