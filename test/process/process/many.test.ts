/** Starts and ends many processes. `GREENHUB_DEPTH=20` makes it 10,000 of each kind. */
import * as assert from 'uvu/assert';
import { runProgram } from '../../support/child.ts';
import { suite } from '../../support/harness.ts';
import { depth } from '../../support/random.ts';

const test = suite('many processes');
const count = Math.ceil(500 * depth);

for (const kind of ['process', 'thread']) {
  test(`${count} of kind ${kind} leave no child, no handle and no memory behind`, async () => {
    const ended = await runProgram(
      `
      import { existsSync, readFileSync } from 'node:fs';
      import { setFlagsFromString } from 'node:v8';
      import { runInNewContext } from 'node:vm';
      import { activeChildren, Process } from 'greenhub/process';
      import { nothing } from ${JSON.stringify(new URL('../targets/lives.js', import.meta.url).href)};
      setFlagsFromString('--expose-gc');
      const gc = runInNewContext('gc');
      const pool = new Pool(8);
      const turn = () => new Promise((settle) => setImmediate(settle));
      function* one() {
        const process = new Process({ kind: '${kind}', target: nothing }).start();
        yield* process;
        if (process.exitcode !== 0) throw new Error(String(process));
      }
      async function measured(n) {
        for (let i = 0; i < n; i += 1) pool.spawn(one);
        await pool.join({ raiseError: true });
        for (let i = 0; i < 5; i += 1) { gc(); await turn(); }
        const resources = process.getActiveResourcesInfo().filter((name) => !/^(?:CloseReq|FSReq)/.test(name));
        const { heapUsed, rss } = process.memoryUsage();
        return { heap: heapUsed, rss, resources: resources.sort().join() };
      }
      console.log('warm up');
      const before = await measured(8);
      const start = performance.now();
      const after = await measured(${count});
      const ms = (performance.now() - start) / ${count};
      const list = '/proc/self/task/' + process.pid + '/children';
      console.log(JSON.stringify({
        ms, heap: [before.heap, after.heap], rss: [before.rss, after.rss],
        resources: [before.resources, after.resources],
        active: activeChildren().length,
        children: existsSync(list) ? readFileSync(list, 'utf8').trim() : '',
      }));
      `,
      { limit: 60_000 + count * 500 },
    );

    assert.is(ended.code, 0, ended.stderr);
    const figures = JSON.parse(ended.stdout.split('\n')[1] ?? '');
    if (depth > 1) console.log(kind, count, figures);
    assert.is(figures.active, 0);
    assert.is(figures.children, '');
    assert.is(figures.resources[1], figures.resources[0]);
    // What remains of each is its id, by which the network knows that it has ended, beside what is compiled in the beginning.
    const [before, after] = figures.heap;
    assert.ok(after - before < 1_000_000 + 100 * count, `the heap has grown from ${before} to ${after} bytes`);
  });
}

test.run();
