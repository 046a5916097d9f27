/**
 * The program that `workerd.test.ts` serves in workerd. It imports the built package, as a program of a user does. Each request
 * answers with what it saw: `faults` lists the places where the running code was not in its own request.
 */
import { joinall, Queue, sleep, spawn, until, wait, withTimeout } from 'greenhub';

interface Env {
  SELF: { fetch(url: string): Promise<Response> };
}

interface Storage {
  run<T>(value: string, fn: () => T): T;
  getStore(): string | undefined;
}

interface Hooks {
  AsyncLocalStorage: new () => Storage;
}

const { process } = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
const hooks = process?.getBuiltinModule?.('node:async_hooks') as Hooks | undefined;
/** Null without the flag `nodejs_compat`. */
const storage = hooks === undefined ? null : new hooks.AsyncLocalStorage();

/** What requests do to each other. */
const shared = { queue: new Queue<string>(), isAwaited: false, sleeper: null as null | { kill(): unknown } };

/** Knows in which request it was made. */
class Place {
  readonly faults: string[] = [];
  private readonly own = new AbortController().signal;
  private readonly id: string;

  constructor(id: string) {
    this.id = id;
  }

  check(where: string): void {
    try {
      // workerd throws if the signal is of another request.
      void this.own.aborted;
    } catch {
      this.faults.push(`in another request ${where}`);
    }
    if (storage !== null && storage.getStore() !== this.id) this.faults.push(`has ${storage.getStore()} ${where}`);
  }
}

const pages: Record<string, (place: Place, id: string, env: Env) => Promise<unknown>> = {
  /** The rest of what a request does, for others to fetch. */
  async '/echo'(_, id) {
    await until(waitFor(Number(id) % 7));
    return id;
  },

  async '/work'(place, id, env) {
    const queue = new Queue<number>();
    const producer = spawn(function* () {
      for (let i = 0; i < 5; i += 1) {
        yield* sleep((Number(id) + i) % 9);
        place.check('after sleep()');
        queue.putNowait(i);
      }
    });
    const consumer = spawn(function* () {
      let sum = 0;
      for (let i = 0; i < 5; i += 1) {
        sum += yield* queue.get();
        place.check('after get()');
      }
      return sum;
    });
    const fetched = spawn(function* () {
      const response = yield* until(env.SELF.fetch(`http://self/echo?id=${id}`));
      place.check('after fetch()');
      const text = yield* until(response.text());
      place.check('after text()');
      return text;
    });
    const late = await withTimeout(
      2,
      function* forever() {
        yield* sleep(60_000);
      },
      { timeoutValue: 'late' },
    );
    place.check('in main');
    await joinall([producer, consumer, fetched], { raiseError: true });
    place.check('after joinall()');
    await wait();
    place.check('after wait()');
    return { sum: consumer.value, fetched: fetched.value, late };
  },

  /** Waits for what another request puts into a queue. workerd ends a request that waits for nothing of its own, so it has a timer. */
  async '/get'(place, _, env) {
    const getter = spawn(function* () {
      shared.isAwaited = true;
      const item = yield* shared.queue.get();
      place.check('after get()');
      yield* sleep(1);
      const response = yield* until(env.SELF.fetch('http://self/echo?id=1'));
      place.check('after fetch()');
      return `${item} ${yield* until(response.text())}`;
    });
    const alive = setInterval(() => {}, 1_000);
    try {
      return await getter;
    } finally {
      clearInterval(alive);
    }
  },

  async '/put'(_, id) {
    if (!shared.isAwaited) return false;
    shared.isAwaited = false;
    shared.queue.putNowait(id);
    return true;
  },

  /** Sleeps until another request kills it. */
  async '/sleep'(place) {
    const steps: string[] = [];
    const sleeper = spawn(function* () {
      try {
        yield* sleep(60_000);
      } finally {
        place.check('in finally');
        steps.push('cleaned up');
      }
    });
    shared.sleeper = sleeper;
    await sleeper.join();
    // Nothing else is left: the sleeper's timer does not count any more.
    await wait();
    return steps;
  },

  async '/kill'() {
    const { sleeper } = shared;
    shared.sleeper = null;
    sleeper?.kill();
    return sleeper !== null;
  },
};

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const id = searchParams.get('id') ?? 'none';
    const page = pages[pathname];
    if (page === undefined) return new Response('no such page', { status: 404 });
    const answer = async (): Promise<Response> => {
      const place = new Place(id);
      const result = await page(place, id, env);
      return pathname === '/echo' ? new Response(String(result)) : Response.json({ result, faults: place.faults });
    };
    return storage === null ? answer() : storage.run(id, answer);
  },
};

function waitFor(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
