import { AsyncLocalStorage } from 'node:async_hooks';
import * as assert from 'uvu/assert';
import { GreenletExit, getcurrent, Local, sleep, spawn, withContext } from '../../lib/index.ts';
import { combinators, exclusive } from '../support/combinators.ts';
import { suite } from '../support/harness.ts';
import { reportsMade } from '../support/reports.ts';

const test = suite('pool/branch');

const never = sleep(Infinity);

for (const { name, combine } of combinators) {
  test(`the bodies of ${name}() get no arguments`, async () => {
    const seen: unknown[] = [];

    await combine([
      (...args: unknown[]) => {
        seen.push(args);
      },
    ]);

    assert.equal(seen, [[]]);
  });

  test(`an error in the cleanup of a cancelled branch of ${name}() goes to the hub`, async ({ reported }) => {
    const inCleanup = new Error('in the cleanup');
    const worker = spawn(() =>
      combine([
        never,
        function* () {
          try {
            yield* sleep(Infinity);
          } finally {
            // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
            throw inCleanup;
          }
        },
      ]),
    );
    await sleep(0);
    await sleep(0);

    await worker.kill();
    await sleep(1);
    await reportsMade();

    assert.ok(worker.exception instanceof GreenletExit);
    assert.equal(
      reported.splice(0).map(({ error }) => error),
      [inCleanup],
    );
  });

  test(`a branch of ${name}() shares the Local of its caller`, async () => {
    const local = new Local<{ user: string; seen: string }>();

    const seen = await spawn(function* () {
      local.user = 'ann';
      yield* combine([
        function* () {
          yield* sleep(0);
          local.seen = `${local.user} in the branch`;
        },
      ]);
      return local.seen;
    });

    assert.is(seen, 'ann in the branch');
    assert.is(local.user, undefined);
  });

  test(`a branch of ${name}() sees the AsyncLocalStorage of the place where ${name}() is waited for`, async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const look = function* () {
      seen.push(storage.getStore());
      yield* sleep(0);
      seen.push(storage.getStore());
    };

    await spawn(() => withContext(storage, 'inner', () => combine([look])));
    await storage.run('outer', async () => {
      await combine([look]);
    });
    await combine([look]);

    assert.equal(seen, ['inner', 'inner', 'outer', 'outer', undefined, undefined]);
  });

  test(`withContext() in a branch of ${name}() affects only that branch`, async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const within = (value: string) => () =>
      withContext(storage, value, function* () {
        yield* sleep(0);
        seen.push(storage.getStore());
        if (value === 'a') yield* sleep(0);
      });

    await spawn(function* () {
      yield* combine([within('a'), within('a')]);
      seen.push(storage.getStore());
    });

    assert.equal(seen.at(-1), undefined);
    assert.is(seen[0], 'a');
  });

  test(`a branch of ${name}() is named after it and its caller`, async () => {
    const names: string[] = [];
    const worker = spawn(() => combine([() => void names.push(getcurrent().name)]));
    worker.name = 'caller';
    await worker;

    assert.equal(names, [`${name}[0] of caller`]);
  });
}

for (const { name, combine } of exclusive) {
  test(`an error in the cleanup of a loser of ${name}() goes to the hub, and the winner's value to the caller`, async ({
    reported,
  }) => {
    const inCleanup = new Error('in the cleanup');

    const won = await combine([
      function* () {
        try {
          yield* sleep(Infinity);
        } finally {
          // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
          throw inCleanup;
        }
      },
      () => 'won',
    ]);
    await sleep(1);
    await reportsMade();

    assert.ok(won === 'won' || (won as { value: string }).value === 'won');
    assert.equal(
      reported.splice(0).map(({ error }) => error),
      [inCleanup],
    );
  });
}

test.run();
