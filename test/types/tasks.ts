// The arguments and the results of tasks are those of their functions.

import { type Coroutine, type Operation, sleep } from 'greenhub';
import { type GroupResult, type Signature, type Task, type TaskResult, type TaskStatus, Tasks } from 'greenhub/tasks';
import { check, type Equal } from './expect.js';

const app = new Tasks({ name: 'crawler', url: process.env.REDIS_URL });

const load = app.task('load', function* (url: string, depth?: number) {
  yield* sleep(1);
  return { title: url, depth: depth ?? 0 };
});
const count = app.task('count', async (page: { title: string }, factor: number) => page.title.length * factor);
const total = app.task('total', (all: number[]) => all.length);
const nothing = app.task('nothing', () => {});

check<Equal<typeof load, Task<[url: string, depth?: number], { title: string; depth: number }>>>();
check<Equal<typeof count, Task<[page: { title: string }, factor: number], number>>>();

export function* program(): Coroutine<void> {
  const page = yield* load.call('https://example.com/');
  check<Equal<typeof page, { title: string; depth: number }>>();
  const result = yield* load.delay('https://example.com/', 2);
  check<Equal<typeof result, TaskResult<{ title: string; depth: number }>>>();
  const value = yield* result;
  check<Equal<typeof value, { title: string; depth: number }>>();
  const status = yield* result.status();
  check<Equal<typeof status, TaskStatus>>();
  const here = yield* count.run({ title: '' }, 2);
  check<Equal<typeof here, number>>();
  const both = yield* app.group([load.s('a'), count.s({ title: 'b' }, 2)]).delay();
  check<Equal<typeof both, GroupResult<[{ title: string; depth: number }, number]>>>();
  const chain = app.chain([load.s('a'), count.s(2)]);
  const mixed = yield* app.group([chain, load.s('b')]).call();
  check<Equal<typeof mixed, [number, { title: string; depth: number }]>>();
  const overChains = yield* app.chord([chain, count.s({ title: 'a' }, 1)], total.s()).call();
  check<Equal<typeof overChains, number>>();
  const list = yield* app.group(['a', 'b'].map((url) => load.s(url))).call();
  check<Equal<typeof list, { title: string; depth: number }[]>>();
  const length = yield* app.chain([load.s('a'), count.s(2)]).call();
  check<Equal<typeof length, number>>();
  const sum = yield* app.chord([count.s({ title: 'a' }, 1)], total.s()).call();
  check<Equal<typeof sum, number>>();
  const same = yield* app.chord(app.group([count.s({ title: 'a' }, 1)]), total.s()).call();
  check<Equal<typeof same, number>>();
}

check<Equal<ReturnType<typeof count.call>, Operation<number>>>();
const missing = count.s(2);
check<Equal<typeof missing, Signature<[page: { title: string }], number>>>();

// @ts-expect-error: the argument is of another type
load.call(5);
// @ts-expect-error: an argument is missing
count.delay({ title: 'a' });
// @ts-expect-error: the chain gives a number, and the next call takes a page
app.chain([count.s({ title: 'a' }, 1), count.s(2)]);
// @ts-expect-error: the first call of a chain lacks nothing
app.chain([count.s(2)]);
// @ts-expect-error: the callback takes numbers
app.chord([load.s('a')], total.s());
// @ts-expect-error: the callback takes numbers
app.chord(app.group([load.s('a')]), total.s());
// @ts-expect-error: a call of a group lacks nothing
app.group([count.s(2)]);
// @ts-expect-error: a schedule gives no arguments
app.schedule('often', { every: 5 }, count.s(2));
app.schedule('often', { every: 5 }, nothing.s());
