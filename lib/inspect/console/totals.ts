import { basename } from 'node:path';
import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { observe, type Tool } from '../observing.ts';
import { snapshot } from '../snapshot.ts';
import type { Totals } from './protocol.ts';

/** How often the delay of the event loop is sampled, in milliseconds. */
const RESOLUTION = 10;
const NANOSECONDS = 1e6;

/** Counts switches. It reads no clock, which would be most of the cost. */
class SwitchCounter implements Tool {
  readonly followsSwitches = true;
  readonly readsClock = false;
  count = 0;

  switched(): void {
    this.count += 1;
  }

  spawned(): void {}
  woken(): void {}
  killed(): void {}
  timedOut(): void {}
  ended(): void {}
  failed(): void {}
}

/** Measures the whole program, as long as somebody looks. */
export class TotalsMeter {
  private readonly counter = new SwitchCounter();
  private readonly stopCounting = observe(this.counter);
  private readonly delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  // At first: since the start of the process.
  private used: EventLoopUtilization = { idle: 0, active: 0, utilization: 0 };

  constructor() {
    this.delays.enable();
  }

  /** The numbers since the last reading. */
  read(warnings: number): Totals {
    const { pid, at, hub } = snapshot({ limit: 0 });
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.used);
    this.used = used;
    // What is sampled is the time between two samples.
    const delay = Math.max(0, this.delays.max / NANOSECONDS - RESOLUTION);
    this.delays.reset();
    return {
      at,
      pid,
      program: basename(process.argv[1] ?? 'node'),
      uptime: process.uptime() * 1_000,
      hub,
      switches: this.counter.count,
      delay,
      busy: utilization,
      heap: process.memoryUsage().heapUsed,
      warnings,
    };
  }

  stop(): void {
    this.stopCounting();
    this.delays.disable();
  }
}
