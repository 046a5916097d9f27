import * as assert from 'uvu/assert';
import { spawn } from '../../lib/index.ts';
import { Core } from '../../lib/tasks/core.ts';
import type { Engine } from '../../lib/tasks/engine.ts';
import { StoreError } from '../../lib/tasks/errors.ts';
import { checkedTask } from '../../lib/tasks/options.ts';
import { Task } from '../../lib/tasks/task.ts';
import { suite } from '../support/harness.ts';

const test = suite('tasks/work');

test('a call that the server refuses no longer watches its job', async () => {
  const full = new StoreError('full', 'no memory left');
  let watches = 0;
  const engine: Pick<Engine, 'add' | 'watch' | 'now'> = {
    now: () => 0,
    *add() {
      throw full;
    },
    *watch() {
      watches += 1;
      return () => {
        watches -= 1;
      };
    },
  };
  const core = new Core({ name: 'shop', maxPayload: 1_000, keepResults: 0 });
  core.engine = engine as Engine;
  const task = new Task<[], number>(core, 'count', () => 1, checkedTask(undefined));
  const caller = spawn(() => task.call());
  await caller.join();
  assert.is(caller.exception, full);
  assert.is(watches, 0);
});

test.run();
