/**
 * An error that nobody has received is reported once, even if a wait that was cancelled would have received it. An error that
 * somebody has received is not reported.
 */
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {
  all,
  type Coroutine,
  Event,
  type Greenlet,
  Group,
  joinall,
  nursery,
  type Operation,
  Pool,
  Queue,
  spawn,
} from '../../lib/index.ts';
import { exclusive } from '../support/combinators.ts';
import { type Context, suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';

const test = suite('contract/untaken');

interface Jobs {
  readonly group: Group;
  /** Fails when `fail()` is called. */
  readonly job: Greenlet<never>;
  /** Goes on until it is killed. */
  readonly endless: Greenlet<unknown>;
  fail(): void;
}

function jobs(): Jobs {
  const group = new Group();
  const failing = new Event();
  const job = group.spawn(function* () {
    yield* failing.wait();
    throw new Error('of the job');
  });
  const endless = group.spawn(() => new Event().wait());
  return { group, job, endless, fail: () => failing.set() };
}

async function assertReports({ reported }: Context, job: Greenlet, times: number): Promise<void> {
  await reportsMade();
  assert.equal(
    reported.splice(0).map(({ greenlet, error }) => [greenlet, error]),
    Array(times).fill([job, job.exception]),
  );
}

/** Waits that take the error of the job and go on. */
const pending: Record<string, (made: Jobs) => Operation<unknown>> = {
  'joinall()': ({ job, endless }) => joinall([job, endless]),
  'joinall() of a list that has the job twice': ({ job, endless }) => joinall([job, endless, job]),
  'join({ raiseError })': ({ group }) => group.join({ raiseError: true }),
};

/** Other code that receives the error. */
const receivers: Record<string, (job: Greenlet) => unknown> = {
  'a link': (job) => job.link(() => {}),
  'a get()': (job) => spawn(() => outcomeOf(job)),
  'a join()': (job) => spawn(() => job.join()),
  'a joinall()': (job) => spawn(() => joinall([job])),
};

for (const [name, wait] of Object.entries(pending)) {
  for (const [when, order] of Object.entries({
    before: ['fail', 'wait'],
    during: ['wait', 'fail'],
  } as Record<string, ('fail' | 'wait')[]>)) {
    const start = async (made: Jobs): Promise<Greenlet<unknown>[]> => {
      const waits: Greenlet<unknown>[] = [];
      for (const step of order) {
        if (step === 'fail') made.fail();
        else
          waits.push(
            spawn(() => wait(made)),
            spawn(() => wait(made)),
          );
        // Not so long that a failure without a wait would be reported.
        await Promise.resolve();
      }
      await reportsMade();
      assert.is(made.job.ready(), true);
      return waits;
    };

    test(`a failure ${when} a ${name} is reported once all such waits are cancelled, but once only`, async (context) => {
      const made = jobs();
      const [first, second] = (await start(made)) as [Greenlet, Greenlet];

      await first.kill();
      await assertReports(context, made.job, 0);
      await second.kill();
      await assertReports(context, made.job, 1);

      const third = spawn(() => wait(made));
      await turn();
      await third.kill();
      await assertReports(context, made.job, 0);
      await made.endless.kill();
    });

    for (const [who, receive] of Object.entries(receivers)) {
      test(`a failure ${when} a ${name} is not reported when that is cancelled, if ${who} has received it`, async (context) => {
        const made = jobs();
        const waits = await start(made);
        receive(made.job);
        await reportsMade();

        for (const each of waits) await each.kill();

        await assertReports(context, made.job, 0);
        await made.endless.kill();
      });
    }
  }
}

/** Waits that end when the job has failed. */
const ending: Record<string, (made: Jobs) => Operation<unknown> | (() => unknown)> = {
  'joinall()': ({ job }) => joinall([job]),
  'joinall({ raiseError })': ({ job, endless }) => joinall([job, endless], { raiseError: true }),
  'joinall({ count })': ({ job, endless }) => joinall([job, endless], { count: 1 }),
  'join({ raiseError }) of a group':
    ({ endless, group }) =>
    () => {
      group.discard(endless);
      return group.join({ raiseError: true });
    },
  'join()': ({ job }) => job.join(),
  'get()': ({ job }) => job.get(),
  'a greenlet': ({ job }) => job,
};

for (const { name, combine } of exclusive) {
  for (const [what, wait] of Object.entries(ending)) {
    for (const isLinked of [false, true]) {
      const verb = isLinked ? 'is not reported if a link has received it' : 'is reported';
      test(`a failure for which ${what} would end in the step in which another branch of ${name}() wins ${verb}`, async (context) => {
        const made = jobs();
        const queue = new Queue<string>();
        const worker = spawn(() => combine([queue.get(), wait(made)]));
        if (isLinked) made.job.link(() => {});
        await turn();

        queue.putNowait('won');
        made.fail();
        assert.match(JSON.stringify(await worker), 'won');

        assert.is(made.job.ready(), true);
        await assertReports(context, made.job, isLinked ? 0 : 1);
        await made.endless.kill();
      });
    }
  }
}

for (const [what, wait] of Object.entries({
  get: (job) => job.get(),
  join: (job) => joinall([job], { raiseError: true }),
  greenlet: (job) => job,
} as Record<string, (job: Greenlet) => Operation<unknown>>)) {
  test(`the failure of a greenlet that is not the first to fail in all() is reported: ${what}`, async (context) => {
    const [first, second] = [jobs(), jobs()];
    const worker = spawn(() => outcomeOf(all([wait(first.job), wait(second.job)])));
    await turn();
    first.fail();
    second.fail();

    assert.is((await worker).error, first.job.exception);
    await assertReports(context, second.job, 1);
    for (const { endless } of [first, second]) await endless.kill();
  });
}

/** Operations that run the function, and end with its failure. */
const running: Record<string, (fail: () => Coroutine<never>) => Operation<unknown>> = {
  'group.map()': (fail) => new Group().map(fail, [1]),
  'pool.map()': (fail) => new Pool(1).map(fail, [1]),
  'group.apply()': (fail) => new Group().apply(fail),
  'a nursery': (fail) =>
    nursery(function* (n) {
      n.spawn(fail);
      yield* new Event().wait();
    }),
  'nursery.start()': (fail) =>
    nursery(function* (n) {
      yield* n.start(fail);
    }),
};

for (const [what, run] of Object.entries(running)) {
  const started = () => {
    const failing = new Event();
    const error = new Error('of the function');
    const fail = function* (): Coroutine<never> {
      yield* failing.wait();
      throw error;
    };
    return { failing, error, operation: run(fail) };
  };

  for (const { name, combine } of exclusive) {
    for (const order of ['before', 'after']) {
      test(`a failure in ${what} just ${order} another branch of ${name}() wins is not lost`, async ({ reported }) => {
        const { failing, error, operation } = started();
        const queue = new Queue<string>();
        const worker = spawn(() => outcomeOf(combine([queue.get(), operation])));
        await turn();
        await turn();

        if (order === 'before') failing.set();
        queue.putNowait('won');
        failing.set();
        const outcome = await worker;
        await reportsMade();

        const seen = [outcome.error, ...reported.splice(0).map((report) => report.error)];
        const inAny = (outcome.error as AggregateError | undefined)?.errors ?? [];
        assert.equal(
          [...seen, ...inAny].filter((each) => each === error),
          [error],
        );
      });
    }
  }

  for (const order of ['before', 'after']) {
    test(`a failure in ${what} just ${order} a kill is not lost`, async ({ reported }) => {
      const { failing, error, operation } = started();
      const worker = spawn(() => outcomeOf(operation));
      await turn();
      await turn();

      if (order === 'before') failing.set();
      worker.kill();
      failing.set();
      const outcome = await worker;
      await reportsMade();

      const seen = [outcome.error, ...reported.splice(0).map((report) => report.error)];
      assert.equal(
        seen.filter((each) => each === error),
        [error],
      );
    });
  }
}

test('a failure that join({ raiseError }) throws just after it has happened is not reported', async (context) => {
  const group = new Group();
  const job = group.spawn(() => {
    throw new Error('of the job');
  });
  const joining = spawn(() => outcomeOf(group.join({ raiseError: true })));

  assert.is((await joining).error, job.exception);
  await assertReports(context, job, 0);
});

test.run();
