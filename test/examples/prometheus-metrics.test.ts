import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from './program.ts';

const test = suite('example prometheus-metrics');

test('it prints counters, gauges and cumulated histograms', async () => {
  const { code, stdout, stderr } = await run('prometheus-metrics');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  // main, the await of main, and three sleepers.
  assert.match(stdout, /^greenhub_spawned_total 5$/m);
  assert.match(stdout, /^greenhub_failed_total 0$/m);
  assert.match(stdout, /^greenhub_timers 0$/m);
  for (const name of ['slice', 'delay']) {
    const counts = [...stdout.matchAll(new RegExp(`^greenhub_${name}_seconds_bucket\\{le="(.*)"\\} (\\d+)$`, 'gm'))];
    const cumulated = counts.map(([, , count]) => Number(count));
    assert.equal(
      cumulated,
      cumulated.toSorted((a, b) => a - b),
    );
    assert.is(counts.at(-1)?.[1], '+Inf');
    assert.ok((cumulated.at(-1) ?? 0) > 0);
  }
});

test.run();
