import * as assert from 'uvu/assert';
import { action, getHub, sleep, spawn, Timeout, withTimeout } from '../../../lib/index.ts';
import { failureOf, thrownBy } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('action');
const boom = new Error('boom');

test('an action gives its resolution, and throws its rejection', async () => {
  assert.is(await action((resolve) => void setImmediate(() => resolve('value'))), 'value');
  assert.is(await failureOf(action((_, reject) => void setImmediate(() => reject(boom)))), boom);
});

test('an action may resolve or reject at once', async () => {
  assert.is(await action((resolve) => resolve('value')), 'value');
  assert.is(await failureOf(action((_, reject) => reject(boom))), boom);
  assert.is(await failureOf(action((_, reject) => reject(undefined))), undefined);
});

test('the first answer counts', async () => {
  const gr = spawn(function* () {
    const value = yield* action<number>((resolve, reject) => {
      resolve(1);
      resolve(2);
      reject(boom);
    });
    yield* sleep(0);
    return value;
  });

  assert.is(await gr, 1);
});

test('an error of the executor is thrown at the waiter', async () => {
  assert.is(
    await failureOf(
      action(() => {
        throw boom;
      }),
    ),
    boom,
  );
});

test('an error of the executor after its answer is ignored', async () => {
  const operation = action((resolve) => {
    resolve('value');
    throw boom;
  });

  assert.is(await operation, 'value');
});

test('the cleanup runs exactly once on success, failure and cancel alike', async () => {
  let cleanups = 0;
  const cleanup = (): void => {
    cleanups += 1;
  };
  const success = action((resolve) => {
    setImmediate(() => resolve('value'));
    return cleanup;
  });
  const failure = action((_, reject) => {
    setImmediate(() => reject(boom));
    return cleanup;
  });
  const atOnce = action((resolve) => {
    resolve('value');
    return cleanup;
  });

  await success;
  assert.is(cleanups, 1);
  await failureOf(failure);
  assert.is(cleanups, 2);
  await atOnce;
  assert.is(cleanups, 3);
  const gr = spawn(() => action(() => cleanup));
  await sleep(0);
  await gr.kill();
  assert.is(cleanups, 4);
  await failureOf(withTimeout(1, () => action(() => cleanup)));
  assert.is(cleanups, 5);
});

test('the cleanup runs before the waiter continues', async () => {
  const log: string[] = [];
  const gr = spawn(function* () {
    yield* action<void>((resolve) => {
      setImmediate(resolve);
      return () => log.push('cleaned') as never;
    });
    log.push('went on');
  });

  await gr;

  assert.equal(log, ['cleaned', 'went on']);
});

test('a kill after the answer does not take it away, and the cleanup runs once', async () => {
  let cleanups = 0;
  let answer: (value: string) => void = () => {};
  const gr = spawn(() =>
    action<string>((resolve) => {
      answer = resolve;
      return () => {
        cleanups += 1;
      };
    }),
  );
  await sleep(0);

  answer('value');
  gr.kill();

  assert.is(await gr, 'value');
  assert.is(cleanups, 1);
});

test('an answer after the kill is nothing', async () => {
  let answer: (value: string) => void = () => {};
  const gr = spawn(() =>
    action<string>((resolve) => {
      answer = resolve;
    }),
  );
  await sleep(0);

  gr.kill();
  answer('late');
  await gr.join();

  assert.is(gr.successful(), false);
});

test('a late answer to a cancelled wait does not end a later one', async () => {
  const answers: ((value: string) => void)[] = [];
  const operation = action<string>((resolve) => {
    answers.push(resolve);
  });
  const first = spawn(() => operation);
  await sleep(0);
  await first.kill();
  const second = spawn(() => operation);
  await sleep(0);

  answers[0]?.('late');
  answers[1]?.('right');

  assert.is(await second, 'right');
});

test('the executor runs each time that the action is waited for, with a cleanup each', async () => {
  let runs = 0;
  const cleaned: number[] = [];
  const operation = action<number>((resolve) => {
    runs += 1;
    const mine = runs;
    setImmediate(() => resolve(mine));
    return () => {
      cleaned.push(mine);
    };
  });

  const pair = [spawn(() => operation), spawn(() => operation)];

  assert.equal(await Promise.all(pair), [1, 2]);
  assert.is(await operation, 3);
  assert.equal(cleaned, [1, 2, 3]);
});

test('an executor does not run in a greenlet that was killed before it waits', async () => {
  let runs = 0;
  const gr = spawn(function* () {
    gr.kill();
    yield* action(() => {
      runs += 1;
    });
  });

  await gr.join();

  assert.is(runs, 0);
});

test('a cleanup that throws is thrown at the waiter, once', async () => {
  let cleanups = 0;
  const operation = action<string>((resolve) => {
    resolve('value');
    return () => {
      cleanups += 1;
      throw boom;
    };
  });

  assert.is(await failureOf(operation), boom);
  assert.is(cleanups, 1);
});

test('a cancelled action leaves no timers', async () => {
  assert.instance(await failureOf(withTimeout(1, () => action(() => {}))), Timeout);
  assert.is(getHub().timers.size, 0);
});

test('an executor that is no function is a TypeError at the caller', () => {
  assert.instance(
    thrownBy(() => action(5 as never)),
    TypeError,
  );
});

test.run();
