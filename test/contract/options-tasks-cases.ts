/** The calls of `greenhub/tasks` that take options. */
import * as assert from 'uvu/assert';
import { GroupResult } from '../../lib/tasks/group.ts';
import { type Task, Tasks } from '../../lib/tasks/index.ts';
import type { Case } from './options.ts';

/** A call of an app without jobs, which has none afterwards. */
function ofApp(name: string, fn: (app: Tasks, options: never, task: Task<[], void>) => unknown, option: string): Case {
  return {
    name,
    option,
    make() {
      const app = new Tasks({ name: 'options' });
      const task = app.task('nothing', nothing);
      return {
        call: (options) => fn(app, options, task),
        async assertUntouched() {
          const { waiting, delayed, active, completed } = await app.stats();
          assert.equal([waiting, delayed, active, completed], [0, 0, 0, 0]);
        },
        end: async () => void (await app.close()),
      };
    },
  };
}

const nothing = (): void => {};

export const tasksCases: readonly Case[] = [
  { name: 'new Tasks', option: 'keepResults', make: () => ({ call: (options) => new Tasks(options) }) },
  ofApp('Tasks.task', (app, options) => app.task('other', nothing, options), 'attempts'),
  ofApp('Tasks.failed', (app, options) => app.failed(options), 'limit'),
  ofApp('Tasks.worker', (app, options) => app.worker(options), 'concurrency'),
  ofApp('Tasks.schedule', (app, options, task) => app.schedule('often', options, task.s()), 'every'),
  ofApp('Task.applyAsync', (_app, options, task) => task.applyAsync([], options), 'priority'),
  ofApp('Work.applyAsync', (_app, options, task) => task.s().applyAsync(options), 'priority'),
  ofApp('TaskResult.get', (app, options) => app.result('none').get(options), 'timeout'),
  ofApp('TaskResult.revoke', (app, options) => app.result('none').revoke(options), 'reason'),
  { name: 'GroupResult.get', make: () => ({ call: (options) => new GroupResult([]).get(options) }) },
  {
    name: 'GroupResult.revoke',
    option: 'reason',
    make: () => ({ call: (options) => new GroupResult([]).revoke(options) }),
  },
];
