import { lineOf } from '../greenlet/shown.ts';
import { host } from './loop/host.ts';
import { getHub } from './loop/hub.ts';
import { reportDeadlock } from './reports/deadlock.ts';
import { awaitThroughHub } from './tasks/main-wait.ts';

export { shield } from './cancellation/shield.ts';
export { Timeout } from './cancellation/timeout.ts';
export { withTimeout } from './cancellation/with-timeout.ts';
export type { TimeoutOption } from './checks/checks.ts';
export { LoopExit } from './loop/errors.ts';
export type { Hub } from './loop/hub.ts';
export { action, type Executor } from './parking/action.ts';
export type { Body, BodyResult, Settled } from './parking/body.ts';
export { idle, sleep } from './parking/sleep.ts';
export { type Abortable, until } from './parking/until.ts';
export type { Waitable } from './parking/waitable.ts';
export { Greenlet, type KillOptions, type Spawned, spawn, spawnLater } from './tasks/greenlet.ts';
export { Iteration } from './tasks/iteration.ts';
export { killall } from './tasks/killall.ts';
export type { LinkTarget } from './tasks/link.ts';
export type { AnyWaitable } from './tasks/ready-order.ts';
export { run } from './tasks/run.ts';
export { iwait, type JoinOptions, joinall, type WaitOptions, wait } from './tasks/wait.ts';
export { type ContextStorage, withContext } from './tasks/with-context.ts';

export { getHub };

awaitThroughHub();
host.formatInConsole(lineOf);
getHub().onLoopEmpty.push(reportDeadlock);
