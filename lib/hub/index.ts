import { lineOf } from '../greenlet/shown.ts';
import { reportDeadlock } from './deadlock.ts';
import { host } from './host.ts';
import { getHub } from './hub.ts';
import { awaitThroughHub } from './main-wait.ts';

export { action, type Executor } from './action.ts';
export type { Body, BodyResult, Settled } from './body.ts';
export type { TimeoutOption } from './checks.ts';
export { LoopExit } from './errors.ts';
export { Greenlet, type KillOptions, type Spawned, spawn, spawnLater } from './greenlet.ts';
export type { Hub } from './hub.ts';
export { Iteration } from './iteration.ts';
export { killall } from './killall.ts';
export type { LinkTarget } from './link.ts';
export type { AnyWaitable } from './ready-order.ts';
export { run } from './run.ts';
export { shield } from './shield.ts';
export { idle, sleep } from './sleep.ts';
export { Timeout } from './timeout.ts';
export { type Abortable, until } from './until.ts';
export { iwait, type JoinOptions, joinall, type WaitOptions, wait } from './wait.ts';
export type { Waitable } from './waitable.ts';
export { type ContextStorage, withContext } from './with-context.ts';
export { withTimeout } from './with-timeout.ts';

export { getHub };

awaitThroughHub();
host.formatInConsole(lineOf);
getHub().onLoopEmpty.push(reportDeadlock);
