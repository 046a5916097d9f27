// Gives what greenlets do to prom-client, and prints the metrics as Prometheus would read them: counters of greenlets, and
// histograms of how long they run and how long they are ready before.
// Run: npm run example prometheus-metrics

import { Pool, run, sleep, until } from 'greenhub';
import { type HistogramData, stats } from 'greenhub/inspect';
import { Counter, Gauge, Registry } from 'prom-client';
import { noArguments } from './support/arguments.ts';

noArguments();

const registry = new Registry();

/** A counter that takes its value from `stats()` whenever the metrics are read. */
function counter(name: string, help: string, read: () => number) {
  new Counter({
    name,
    help,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

function gauge(name: string, help: string, read: () => number) {
  new Gauge({
    name,
    help,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** prom-client's Histogram wants each value. These are counted already, so their cumulated counts go into a gauge. */
function histogram(name: string, help: string, read: () => HistogramData) {
  new Gauge({
    name: `${name}_bucket`,
    help,
    labelNames: ['le'],
    registers: [registry],
    collect() {
      this.reset();
      const { buckets, count } = read();
      let total = 0;
      for (const bucket of buckets) {
        total += bucket.count;
        this.set({ le: String(Number((bucket.below / 1_000).toPrecision(3))) }, total);
      }
      this.set({ le: '+Inf' }, count);
    },
  });
}

counter('greenhub_spawned_total', 'greenlets that were started', () => stats().spawned);
counter('greenhub_ended_total', 'greenlets that have ended', () => stats().ended);
counter('greenhub_failed_total', 'greenlets that have thrown an error', () => stats().failed);
counter('greenhub_switches_total', 'slices in which greenlets have run', () => stats().slices.count);
gauge('greenhub_ready', 'greenlets that are ready to run', () => stats().ready);
gauge('greenhub_timers', 'timers that run', () => stats().timers);
histogram('greenhub_slice_seconds', 'how long greenlets run', () => stats().slices);
histogram('greenhub_delay_seconds', 'how long greenlets are ready before they run', () => stats().delays);

stats(); // begins to count
run(function* main() {
  const pool = new Pool(2);
  yield* pool.map(sleep, [3, 2, 1]);
  console.log(yield* until(registry.metrics()));
});
