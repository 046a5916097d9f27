import { lineOf } from '../../greenlet/shown.ts';
import { host } from '../loop/host.ts';
import { getHub } from '../loop/hub.ts';
import { reportDeadlock } from './deadlock.ts';
import { printFailure } from './failure-report.ts';
import { watchOperations } from './forgotten.ts';

/** Has this room report on the hub. Called by the room above, which every program that can block loads. */
export function plugInReports(): void {
  getHub().reportTo({ loopIsEmpty: reportDeadlock, printFailure, watchOperations });
  host.formatInConsole(lineOf);
}
