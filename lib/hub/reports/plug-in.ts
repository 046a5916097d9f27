import { lineOf } from '../../greenlet/shown.ts';
import { host } from '../loop/host.ts';
import { reports } from '../loop/reports.ts';
import { reportDeadlock } from './deadlock.ts';
import { watchDeadlocks } from './deadlock-watch.ts';
import { printFailure } from './failure-report.ts';
import { watchOperations } from './forgotten.ts';
import { spawnSite } from './spawn-site.ts';

/** Connects what every program needs that can block. The room above calls this. */
export function plugInFailures(): void {
  reports.printFailure = printFailure;
  host.formatInConsole(lineOf);
}

/** Connects what a setting of the hub turns on, and the search for deadlocks: for processes, and for programs that ask for their hub. */
export function plugInChecks(): void {
  reports.loopIsEmpty = reportDeadlock;
  reports.spawnSite = spawnSite;
  reports.watch = watch;
}

function watch(on: boolean): void {
  watchOperations(on);
  watchDeadlocks(on);
}
