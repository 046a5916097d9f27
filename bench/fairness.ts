import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import { type Coroutine, joinall, sleep, spawn } from 'greenhub';
import { answerOf, forkHelper } from './helper.ts';
import type { Row, Side } from './row.ts';

const TASKS = 100_000;
/** How long the timer and the server are observed. */
const WATCHED = 700;
/** The measurement begins after the start of all tasks. */
const SETTLING = 200;
const INTERVAL = 10;

/** The delays while the tasks were looping, in milliseconds. */
interface Delays {
  timer: number;
  server: number;
}

/**
 * All tasks yield all the time, and the timer and the server should not notice. The plain side cannot use `await null`, because
 * the event loop would never turn again. Its functions wait for one turn of the loop each time, which is the fairest way.
 */
export const rows: Row[] = [
  {
    name: '100,000 loop on sleep(0): worst delay of a 10 ms timer',
    ...worst((delays) => delays.timer),
  },
  {
    name: '100,000 loop on sleep(0): worst HTTP response',
    ...worst((delays) => delays.server),
  },
];

function worst(which: (delays: Delays) => number): Omit<Row, 'name'> {
  const side = (busy: (going: { on: boolean }) => Promise<unknown>): Side => {
    return async () => {
      const client = forkHelper('http-client.ts', [await listen(), String(WATCHED)]);
      await answerOf(client);
      return async () => which(await watch(client, busy));
    };
  };
  return {
    unit: 'ms',
    plainly: 'loops on timers/promises.setImmediate()',
    rounds: 3,
    warmUps: 1,
    greenhub: side(loopInGreenlets),
    plain: side(loopInFunctions),
  };
}

async function listen(): Promise<string> {
  const server = createServer((_request, response) => response.end('here'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function watch(client: ChildProcess, busy: (going: { on: boolean }) => Promise<unknown>): Promise<Delays> {
  const going = { on: true };
  const ended = busy(going);
  await wait(SETTLING);
  const [timer, server] = await Promise.all([worstTimer(), worstResponse(client)]);
  going.on = false;
  await ended;
  return { timer, server };
}

async function worstTimer(): Promise<number> {
  let worst = 0;
  let expected = performance.now() + INTERVAL;
  const timer = setInterval(() => {
    const now = performance.now();
    worst = Math.max(worst, now - expected);
    expected = now + INTERVAL;
  }, INTERVAL);
  await wait(WATCHED);
  clearInterval(timer);
  return worst;
}

/** The client is a separate process; in this one it would have to wait for its turn too. */
async function worstResponse(client: ChildProcess): Promise<number> {
  client.send('go');
  return await answerOf<number>(client);
}

function loopInGreenlets(going: { on: boolean }): Promise<unknown> {
  const greenlets = [];
  for (let i = 0; i < TASKS; i += 1) greenlets.push(spawn(looping, going));
  return Promise.resolve(joinall(greenlets));
}

function* looping(going: { on: boolean }): Coroutine<void> {
  while (going.on) yield* sleep(0);
}

function loopInFunctions(going: { on: boolean }): Promise<unknown> {
  const promises = [];
  for (let i = 0; i < TASKS; i += 1) promises.push(loopingAsync(going));
  return Promise.all(promises);
}

async function loopingAsync(going: { on: boolean }): Promise<void> {
  while (going.on) await turn();
}
