import { plugInProcess } from '../hub/reports/in-process.ts';

plugInProcess();

export { assertNoLeaks, type Emitter, type LeakOptions } from './assert-no-leaks.ts';
export { assertNoSwitch, assertSwitches } from './assert-switches.ts';
export { LeakError, ScheduleError } from './errors.ts';
export { type Exploration, type ExploreOptions, explore } from './explore.ts';
export { Random } from './random.ts';
export type { Kill, Scenario } from './schedule.ts';
export { VirtualClock, type VirtualClockOptions } from './virtual-clock.ts';
export { waitAllBlocked } from './wait-all-blocked.ts';
