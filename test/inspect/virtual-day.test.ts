/** A day of simulated traffic with the console attached: the memory stays flat. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { host } from '../../lib/hub/loop/host.ts';
import {
  type Coroutine,
  type Greenlet,
  killall,
  Lock,
  Pool,
  Queue,
  Semaphore,
  sleep,
  spawn,
  withTimeout,
} from '../../lib/index.ts';
import { type ConsoleServer, serve } from '../../lib/inspect/index.ts';
import { Random, VirtualClock } from '../../lib/testing/index.ts';
import { ask, until, watch } from '../support/console.ts';
import { suite } from '../support/harness.ts';
import { depth } from '../support/random.ts';

const test = suite('a virtual day with the console');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** 24 with `npm run test:long`. */
const HOURS = depth < 1 ? 4 : 24;
const MINUTE = 60_000;
/** How many more bytes may be used at the end than after two hours. V8 still compiles then; 50 bytes for each request are more. */
const BOUND = 2_000_000;
/** The pages that a person goes to, one after the other. */
const PAGES = [
  'view=greenlets&sort=busy&order=down',
  'view=greenlets&filter=handle',
  'view=crowds&by=wait',
  'view=objects',
  'view=tree',
  'view=warnings',
];

/** Requests come at random, take a slot and a lock, ask a slow database with a time limit, and are logged. Some fail. */
class Traffic {
  requests = 0;
  failed = 0;
  readonly logger: Greenlet;
  private readonly listener: Greenlet;
  private readonly random = new Random(24);
  private readonly handlers = new Pool(20);
  private readonly database = new Semaphore(3);
  private readonly audit = new Lock();
  private readonly log = new Queue<string>(10);

  constructor() {
    this.logger = spawn(() => this.write());
    this.listener = spawn(() => this.listen());
  }

  /** One of the greenlets that handle requests now. */
  get handler(): Greenlet | undefined {
    const [first] = this.handlers;
    return first;
  }

  async stop(): Promise<void> {
    await this.handlers.kill();
    await killall([this.logger, this.listener]);
  }

  private *listen(): Coroutine<void> {
    for (;;) {
      yield* sleep(this.random.int(100, 5_000));
      this.requests += 1;
      const { requests } = this;
      const handler = this.handlers.spawn(() => this.handle(requests));
      handler.linkException(() => {
        this.failed += 1;
      });
    }
  }

  private *handle(request: number): Coroutine<string> {
    const answer = yield* withTimeout(8_000, () => this.query(request), { timeoutValue: 'too late' });
    yield* this.log.put(answer);
    return answer;
  }

  private *query(request: number): Coroutine<string> {
    using _connection = yield* this.database.hold();
    yield* sleep(this.random.int(10, 9_000));
    using _record = yield* this.audit.hold();
    yield* sleep(5);
    return `request ${request}`;
  }

  private *write(): Coroutine<void> {
    for (;;) {
      yield* this.log.get();
      yield* sleep(1);
    }
  }
}

/** The console's clock: it looks when the test says so. Virtual time would be over before a second has passed. */
class Ticks implements Disposable {
  private readonly original = { ...host };
  private readonly waiting = new Map<object, () => void>();

  constructor() {
    host.startTimer = (fn) => {
      const timer = { ref: () => timer, unref: () => timer };
      this.waiting.set(timer, fn);
      return timer as never;
    };
    host.stopTimer = (timer) => void this.waiting.delete(timer);
  }

  tick(): void {
    const due = [...this.waiting.values()];
    this.waiting.clear();
    for (const fn of due) fn();
  }

  [Symbol.dispose](): void {
    const { startTimer, stopTimer } = this.original;
    Object.assign(host, { startTimer, stopTimer });
  }
}

/** A page that stays open. */
class OpenPage {
  frames = 0;
  readonly ended: Promise<void>;

  constructor(server: ConsoleServer, params: string) {
    this.ended = this.read(server, params);
  }

  private async read(server: ConsoleServer, params: string): Promise<void> {
    for await (const _ of watch(server, params)) this.frames += 1;
  }
}

async function usedBytes(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await turn();
    collectGarbage();
  }
  return process.memoryUsage().heapUsed;
}

test('at its end, the program uses no more memory than after two hours', async () => {
  const clock = VirtualClock.install({ autojump: false });
  using ticks = new Ticks();
  const server = await serve();
  const traffic = new Traffic();
  await clock.advance(MINUTE);
  const pages = ['view=overview&measure=on&tab=a', `view=greenlet&id=${traffic.logger.id}&tab=b`].map(
    (params) => new OpenPage(server, params),
  );
  const used: number[] = [];
  for (let hour = 0; hour < HOURS; hour += 1) {
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(MINUTE);
      const before = pages.map(({ frames }) => frames);
      ticks.tick();
      await until(() => pages.every(({ frames }, i) => frames > (before[i] as number)));
      if (minute % 10 === 0) for await (const _ of watch(server, PAGES[(minute / 10) % PAGES.length] as string)) break;
      if (minute === 30) await ask(server, `/kill?id=${traffic.handler?.id}`, { method: 'POST' });
    }
    used.push(await usedBytes());
  }
  server.close();
  await Promise.all(pages.map(({ ended }) => ended));
  await traffic.stop();
  clock.uninstall();

  assert.ok(traffic.requests > 1_000 * HOURS, `${traffic.requests} requests`);
  assert.ok(traffic.failed > 0);
  assert.ok(pages.every(({ frames }) => frames >= 60 * HOURS));
  const grown = (used.at(-1) as number) - (used[1] as number);
  assert.ok(grown < BOUND, `${grown} bytes more: ${used.map((bytes) => Math.round(bytes / 1_000))} kB`);
});

test.run();
