import { lineOf } from '../../greenlet/shown.ts';
import { host } from '../loop/host.ts';
import { hub } from '../loop/hub.ts';
import { reportDeadlock } from './deadlock.ts';
import { watchDeadlocks } from './deadlock-watch.ts';
import { printFailure } from './failure-report.ts';
import { watchOperations } from './forgotten.ts';
import { loadInspection, offerInspection } from './load-inspection.ts';

/** Connects the reports to the hub. The room above calls this; every program that can block loads that room. */
export function plugInReports(): void {
  const watch = (on: boolean): void => {
    watchOperations(on);
    watchDeadlocks(on);
  };
  hub.reportTo({ loopIsEmpty: reportDeadlock, printFailure, watch });
  host.formatInConsole(lineOf);
  offerInspection();
  if (host.isOn('GREENHUB_DUMP') || host.isOn('GREENHUB_DEBUG') || host.isOn('GREENHUB_INSPECT')) loadInspection();
}
