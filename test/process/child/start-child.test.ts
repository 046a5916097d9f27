import * as assert from 'uvu/assert';
import type { Child } from '../../../lib/process/child/child.ts';
import { startChild } from '../../../lib/process/child/start-child.ts';
import { suite } from '../../support/harness.ts';

const test = suite('startChild');

const module = new URL('../targets/endings.js', import.meta.url).href;

for (const kind of ['process', 'thread'] as const) {
  const start = (name: string, ...args: unknown[]): Child =>
    startChild({
      kind,
      role: 'process',
      name: 'Child-1',
      task: { place: { module, export: name }, args: { payload: args, specials: null } },
    });
  const endOf = (child: Child): Promise<Child> => new Promise((settle) => child.onEnd(settle));

  test(`a ${kind} sends its messages before its end, which has exit code 0`, async () => {
    const child = start('add', 1, 2);
    const messages: unknown[] = [];
    child.onMessage = (fields) => messages.push(fields);

    assert.is(child.exitcode, null);
    await endOf(child);

    assert.equal(messages, [['value', { payload: 3, specials: null }]]);
    assert.is(child.exitcode, 0);
    assert.is(child.isAlive, false);
  });

  test(`the failure of a ${kind} without its target names the module and the export`, async () => {
    const child = await endOf(start('absent'));

    assert.is(child.exitcode, 1);
    assert.match(String(child.failure), module);
    assert.match(String(child.failure), 'absent');
  });

  test(`process.exit(7) in a ${kind} gives exit code 7`, async () => {
    assert.is((await endOf(start('exit', 7))).exitcode, 7);
  });

  test(`an uncaught exception in a ${kind} is its failure`, async () => {
    const child = await endOf(start('throwLater'));

    assert.is(child.exitcode, 1);
    assert.match(String(child.failure), 'nobody catches this');
  });

  test(`terminate() ends a ${kind} with -15`, async () => {
    const child = start('hang');
    child.terminate();
    assert.is((await endOf(child)).exitcode, -15);
  });

  test(`terminate() ends a ${kind} that spins by force, with -15 too`, async () => {
    const child = start('spin');
    child.terminate(1);
    assert.is((await endOf(child)).exitcode, -15);
  });

  test(`kill() ends a ${kind} with -9`, async () => {
    const child = start('spin');
    child.kill();
    assert.is((await endOf(child)).exitcode, -9);
  });

  test(`what cannot be cloned starts no ${kind}`, () => {
    assert.throws(
      () => start('add', () => 1),
      (error: Error) => error.name === 'DataCloneError',
    );
  });
}

test.run();
