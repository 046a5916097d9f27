import { basename } from 'node:path';
import { type EventLoopUtilization, type IntervalHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { hub } from '../../hub/loop/hub.ts';
import { hubInfo } from '../hub-info.ts';
import type { Totals } from './protocol.ts';

/** How often the delay of the event loop is sampled, in milliseconds. */
const RESOLUTION = 10;
const NANOSECONDS = 1e6;

// Captured, because a fake clock may replace it.
const { now } = Date;

/** Measures the whole program, as long as somebody looks. */
export class TotalsMeter {
  private readonly delays: IntervalHistogram = monitorEventLoopDelay({ resolution: RESOLUTION });
  private switches = 0;
  private resumes = hub.resumes;
  // At first: since the start of the process.
  private used: EventLoopUtilization = { idle: 0, active: 0, utilization: 0 };

  constructor() {
    this.delays.enable();
  }

  /** The numbers since the last reading. */
  read(warnings: number): Totals {
    const { resumes } = hub;
    this.switches += (resumes - this.resumes) >>> 0;
    this.resumes = resumes;
    const used = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(used, this.used);
    this.used = used;
    // What is sampled is the time between two samples.
    const delay = Math.max(0, this.delays.max / NANOSECONDS - RESOLUTION);
    this.delays.reset();
    return {
      at: now(),
      pid: process.pid,
      program: basename(process.argv[1] ?? 'node'),
      uptime: process.uptime() * 1_000,
      hub: hubInfo(),
      switches: this.switches,
      delay,
      busy: utilization,
      heap: process.memoryUsage().heapUsed,
      warnings,
    };
  }

  stop(): void {
    this.delays.disable();
  }
}
