// Users see only what they may call.

import {
  Event,
  Greenlet,
  type Group,
  getHub,
  type Lock,
  type Nursery,
  type Operation,
  Pool,
  Queue,
  spawn,
  type wait,
} from 'greenhub';
import * as lint from 'greenhub/eslint';
import * as greenlets from 'greenhub/greenlet';
import * as patches from 'greenhub/monkey';
import type * as register from 'greenhub/monkey/register';
import { createServer, HttpResponse, type Socket } from 'greenhub/net';
import { type assertNoLeaks, explore } from 'greenhub/testing';
import { accepts, check, type Equal } from './expect.js';

const job = spawn(() => 1);
// @ts-expect-error internal
job.state;
// @ts-expect-error internal, and a setter
job.destination = job;
// @ts-expect-error internal
new Queue().takers;
// @ts-expect-error internal
getHub().timers;
// @ts-expect-error internal
new Event().watch();
declare const children: Nursery;
// @ts-expect-error nursery() makes them
new (children.constructor as typeof Nursery)();
// @ts-expect-error request() makes them
new HttpResponse();
// @ts-expect-error a switch() makes them
new greenlets.Switch();

// A subclass cannot clash with hidden members of its base class, and may declare everything else.
// @ts-expect-error a greenlet's state is its own
class Stateful extends Greenlet {
  state = 'new';
}
class Worker extends Greenlet<string> {
  readonly skills = ['digging'];
  override get name(): string {
    return 'Bob';
  }
}
check<Equal<Awaited<Worker>, string>>();
check<Equal<InstanceType<typeof Stateful>['value'], unknown>>();

// The entry points share their classes.
const main: Greenlet | greenlets.RawGreenlet = greenlets.getcurrent();
accepts<Parameters<typeof greenlets.greenlet>[1]>(job);
accepts<Group>(new Pool(1));
createServer(
  function* (socket) {
    check<Equal<typeof socket, Socket>>();
    yield* socket.recv();
  },
  { pool: new Pool(3) },
);
explore(() => job, { kill: (greenlet) => greenlet === job });
check<Equal<ReturnType<typeof assertNoLeaks<() => Greenlet<1>>>, Operation<1>>>();
check<Equal<ReturnType<typeof wait<Lock | Greenlet>>, Operation<(Lock | Greenlet)[]>>>();
check<Equal<keyof typeof register, never>>();

export { lint, main, patches };
