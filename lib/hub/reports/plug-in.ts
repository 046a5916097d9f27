import { lineOf } from '../../greenlet/shown.ts';
import { host } from '../loop/host.ts';
import { hub } from '../loop/hub.ts';
import { reportDeadlock } from './deadlock.ts';
import { printFailure } from './failure-report.ts';
import { watchOperations } from './forgotten.ts';
import { loadInspection, offerInspection } from './load-inspection.ts';

/** Connects the reports to the hub. The room above calls this; every program that can block loads that room. */
export function plugInReports(): void {
  hub.reportTo({ loopIsEmpty: reportDeadlock, printFailure, watchOperations });
  host.formatInConsole(lineOf);
  offerInspection();
  if (host.isOn('GREENHUB_DUMP') || host.isOn('GREENHUB_DEBUG') || host.isOn('GREENHUB_INSPECT')) loadInspection();
}
