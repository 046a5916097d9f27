/** What objects show of themselves. */
import { inspect } from 'node:util';
import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { currentTask, Tasks } from '../../lib/tasks/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('what is shown of greenhub/tasks');

test('every object shows its name and state in one line', async () => {
  const app = new Tasks({ name: 'crawler' });
  const load = app.task('load', (n: number) => [n, String(currentTask())] as const);
  const total = app.task('total', (all: (readonly [number, string])[]) => all.length);
  await spawn(function* () {
    const result = yield* load.applyAsync([1], { id: 'one' });
    assert.is(inspect(result), 'TaskResult "one" { not known yet }');
    assert.equal(yield* result, [1, 'CurrentTask "load" { job one, attempt 1 }']);
    assert.is(inspect(result), 'TaskResult "one" { Array(2) }');
    const results = yield* app.group([load.s(1), load.s(2)]).delay();
    assert.is(inspect(results), 'GroupResult { 2 results }');
    yield* results;
    assert.is(inspect(results), 'GroupResult { 2 results, all known }');
  });

  assert.is(inspect(app), 'Tasks "crawler" { 2 tasks, embedded }');
  assert.is(inspect(load), 'Task "load" { queue default }');
  assert.is(inspect(load.s(1)), 'Signature "load"');
  assert.is(inspect(app.group([load.s(1)])), 'TaskGroup { 1 call }');
  assert.is(inspect(app.chord([load.s(1)], total.s())), 'TaskChord { 1 call and a callback }');
  assert.is(inspect(app.worker()), 'TaskWorker "crawler" { queues default, not started }');
  await app.close();
  assert.is(inspect(app), 'Tasks "crawler" { 2 tasks, closed }');
});

test('a password in the URL of the server is not shown', () => {
  const app = new Tasks({ name: 'crawler', url: 'redis://user:secret@127.0.0.1:1' });

  assert.is(inspect(app), 'Tasks "crawler" { no tasks, not connected yet }');
  assert.throws(
    () => new Tasks({ name: 'crawler', url: 'http://user:secret@127.0.0.1:1' }),
    (error: Error) => error instanceof TypeError && !error.message.includes('secret'),
  );
});

test.run();
