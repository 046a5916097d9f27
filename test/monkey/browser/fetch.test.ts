import * as assert from 'uvu/assert';
import { type Greenlet, spawn } from '../../../lib/index.ts';
import { patchFetch } from '../../../lib/monkey/browser/index.ts';
import { suite } from '../../support/harness.ts';
import { whilePatched } from '../../support/patched.ts';

const test = suite('monkey/browser/fetch');

const URL = 'http://greenhub.test/';

/** Runs a body with a fetch that answers nothing, and returns the requests that it got. */
async function asked(body: () => PromiseLike<unknown>): Promise<Request[]> {
  const original = globalThis.fetch;
  const requests: Request[] = [];
  globalThis.fetch = async (input, init) => {
    requests.push(new Request(input, init));
    return new Response();
  };
  try {
    await whilePatched(async () => {
      await body();
    }, patchFetch);
  } finally {
    globalThis.fetch = original;
  }
  return requests;
}

test('a Request keeps its referrer and its policy, unless there are options', async () => {
  const made = (): Request => new Request(URL, { referrer: '', referrerPolicy: 'no-referrer' });
  const [request, ...others] = await asked(() =>
    spawn(async () => {
      await Promise.all([fetch(made()), fetch(made(), { method: 'PUT' }), fetch(URL)]);
    }),
  );
  // Node 24 loses them even in a copy.
  const copy = new Request(made());
  assert.equal([request?.referrer, request?.referrerPolicy], [copy.referrer, copy.referrerPolicy]);
  for (const other of others) assert.equal([other.referrer, other.referrerPolicy], ['about:client', '']);
});

test('null for options is none, and a kill aborts the fetch all the same', async () => {
  const requests = await asked(async () => {
    const job: Greenlet<unknown> = spawn(function* () {
      fetch(URL, null as never);
      yield* job.kill();
    });
    await job.join();
  });
  assert.equal(
    requests.map(({ signal }) => signal.aborted),
    [true],
  );
});

test.run();
