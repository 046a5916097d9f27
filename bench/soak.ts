/**
 * `npm run bench soak [-- --seconds 60 --connections 1000 --seed n]`: an echo server and an HTTP server of greenhub/net, each with
 * half of the connections, all over loopback. Handlers and clients are killed at random. At the end, the exit code is 1 unless
 * nothing is left over and every reply was correct.
 *
 * The seed determines the data and the kills, but not the timing of the network, so a run cannot be repeated exactly.
 */
import { parseArgs } from 'node:util';
import { type Coroutine, type Greenlet, getHub, joinall, sleep, spawn } from 'greenhub';
import { HttpServer, StreamServer } from 'greenhub/net';
import { Random } from 'greenhub/testing';
import { Clients, exchangeEcho, exchangeHttp, type Tally } from './soak-clients.ts';
import { type Holdings, holdings, MemorySeries } from './soak-state.ts';

const LOOPBACK = { port: 0, host: '127.0.0.1' };
/** The number of memory samples. */
const LOOKS = 12;
/** The mean pause between two kills, in milliseconds. */
const KILL_PAUSE = 4;
/** The time limit for the shutdown, in milliseconds. */
const PATIENCE = 30_000;

export async function soak(args: string[], print: (line: string) => void): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '60' },
      connections: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 32)) },
    },
  });
  const [seconds, connections, seed] = [values.seconds, values.connections, values.seed].map(Number) as [
    number,
    number,
    number,
  ];
  print(`${connections} connections for ${seconds} s, seed ${seed}`);
  const errors = new Errors();
  const before = await settled();
  const run = new Run(new Random(seed), connections);
  await run.start();
  const memory = new MemorySeries();
  for (let look = 1; look <= LOOKS; look += 1) {
    await sleep((seconds * 1_000) / LOOKS);
    const served = `${run.tally.replies.toLocaleString('en')} replies`;
    print(
      `${((seconds * look) / LOOKS).toFixed(0).padStart(5)} s  ${memory.look()}, ${run.open} connections, ${served}`,
    );
  }
  await run.stop();
  const after = await settled(before);
  errors.close();
  return verdict(run, errors, memory, { before, after }, print);
}

/** Errors that nobody handled. */
class Errors {
  readonly ofHub: string[] = [];
  readonly ofProcess: string[] = [];
  private readonly hub = getHub();
  private readonly original = this.hub.handleError;
  private readonly note = (error: unknown): void => void this.ofProcess.push(describe(error));

  constructor() {
    this.hub.handleError = (greenlet, error) => void this.ofHub.push(`${greenlet.name}: ${describe(error)}`);
    process.on('unhandledRejection', this.note).on('uncaughtException', this.note);
  }

  close(): void {
    this.hub.handleError = this.original;
    process.off('unhandledRejection', this.note).off('uncaughtException', this.note);
  }
}

/** The servers, their clients, and the greenlet that kills them. */
class Run {
  handlersKilled = 0;
  private readonly random: Random;
  private readonly connections: number;
  private readonly clients: Clients;
  private readonly echo = new StreamServer(LOOPBACK, function* echo(socket) {
    for (let data = yield* socket.recv(); data.length > 0; data = yield* socket.recv()) yield* socket.sendall(data);
  });
  private readonly http = new HttpServer(LOOPBACK, function* echo(request, response) {
    const body = yield* request.bytes({ limit: 1_000_000 });
    response.setHeader('content-length', body.length);
    yield* response.sendall(body);
  });
  /** The current clients, by place. */
  private readonly visitors: Greenlet<void>[] = [];
  private readonly places: Greenlet<void>[] = [];
  private killer: Greenlet<void> | null = null;

  constructor(random: Random, connections: number) {
    this.random = random;
    this.connections = connections;
    this.clients = new Clients(random);
  }

  get tally(): Tally {
    return this.clients.tally;
  }

  /** The number of current clients. */
  get open(): number {
    return this.visitors.filter((visitor) => !visitor.dead).length;
  }

  async start(): Promise<void> {
    await this.echo.start();
    await this.http.start();
    for (let place = 0; place < this.connections; place += 1) {
      const isHttp = place % 2 === 1;
      const port = (isHttp ? this.http : this.echo).port as number;
      this.places.push(spawn(() => this.occupy(place, port, isHttp ? exchangeHttp : exchangeEcho)));
    }
    this.killer = spawn(() => this.kill());
  }

  async stop(): Promise<void> {
    this.clients.stopping = true;
    await this.killer?.kill();
    const ended = await joinall(this.places, { timeout: PATIENCE });
    if (ended.length < this.places.length) this.tally.failures.push(new Error('some clients did not end'));
    await joinall([spawn(() => this.echo.stop({ timeout: 5_000 })), spawn(() => this.http.stop({ timeout: 5_000 }))]);
    this.visitors.length = 0;
    this.places.length = 0;
  }

  /** Runs one client after another. */
  private *occupy(place: number, port: number, exchange: typeof exchangeHttp): Coroutine<void> {
    while (!this.clients.stopping) {
      const visitor = spawn(() => this.clients.visit(port, exchange));
      this.visitors[place] = visitor;
      yield* visitor.join();
      this.tally.ended(visitor.exception);
    }
  }

  private *kill(): Coroutine<void> {
    const { random } = this;
    for (;;) {
      yield* sleep(random.int(0, 2 * KILL_PAUSE));
      if (random.chance(0.5)) random.pick(this.visitors).kill();
      else {
        const handlers = (random.chance(0.5) ? this.echo : this.http).greenlets;
        if (handlers.length === 0) continue;
        this.handlersKilled += 1;
        random.pick(handlers).kill();
      }
    }
  }
}

/** Counts the resources, after closing sockets have closed. */
async function settled(least?: Holdings): Promise<Holdings> {
  for (let tries = 0; ; tries += 1) {
    await sleep(50);
    const now = holdings();
    const isLess = least === undefined || (now.handles <= least.handles && now.descriptors <= least.descriptors);
    if (isLess || tries === 100) return now;
  }
}

/** Prints the results, marks what is wrong, and returns the exit code. */
function verdict(
  { tally, handlersKilled }: Run,
  errors: Errors,
  memory: MemorySeries,
  { before, after }: { before: Holdings; after: Holdings },
  print: (line: string) => void,
): number {
  let broken = 0;
  const line = (what: string, figures: string, good: boolean): void => {
    if (!good) broken += 1;
    print(`${good ? 'ok    ' : 'BROKEN'} ${what.padEnd(28)} ${figures}`);
  };
  const count = (value: number): string => value.toLocaleString('en');
  const unexplained = Math.max(0, tally.broken - handlersKilled);
  const { failures } = tally;
  line(
    'replies correct',
    `${count(tally.replies)}, ${count(Math.round(tally.bytes / 2 ** 20))} MiB`,
    tally.replies > 0,
  );
  line('replies wrong', count(tally.wrong), tally.wrong === 0);
  line(
    'killed',
    `${count(tally.killed)} clients, ${count(handlersKilled)} handlers`,
    tally.killed > 0 && handlersKilled > 0,
  );
  line(
    'connections',
    `${count(tally.connections)}, broken ${count(tally.broken)}, not by a kill ${unexplained}`,
    unexplained === 0,
  );
  line('clients that failed', `${failures.length}${sample(failures.map(describe))}`, failures.length === 0);
  line('errors at the hub', `${errors.ofHub.length}${sample(errors.ofHub)}`, errors.ofHub.length === 0);
  line(
    'unhandled in the process',
    `${errors.ofProcess.length}${sample(errors.ofProcess)}`,
    errors.ofProcess.length === 0,
  );
  const left = (what: keyof Holdings): void =>
    line(
      `${what} left over`,
      `${after[what] - before[what]} (${after[what]}, ${before[what]} before)`,
      after[what] <= before[what],
    );
  left('handles');
  left('descriptors');
  left('greenlets');
  line('heap', `${memory.text}; ${(memory.growth * 100).toFixed(1)} % more in the last third`, memory.isFlat);
  return broken === 0 ? 0 : 1;
}

function sample(texts: readonly string[]): string {
  return texts.length === 0 ? '' : `, the first: ${texts[0]}`;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error);
}
