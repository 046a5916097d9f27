import * as assert from 'uvu/assert';
import { GreenletExit, sleep } from '../../../lib/index.ts';
import type { Child } from '../../../lib/process/child/child.ts';
import { WorkerLostError } from '../../../lib/process/errors.ts';
import { Supervisor } from '../../../lib/process/process/supervisor.ts';
import { encodeError } from '../../../lib/process/travel/encode.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('Supervisor');

/** What a supervisor sees of a child. */
class PretendChild {
  exitcode: number | null = null;
  failure: unknown = undefined;
  stoppedBy: string | null = null;
  crash = null;
  get isAlive(): boolean {
    return this.exitcode === null;
  }

  onMessage: (fields: readonly unknown[]) => void = () => {};
  private listeners: (() => void)[] = [];

  onEnd(listener: () => void): void {
    if (this.exitcode === null) this.listeners.push(listener);
    else listener();
  }

  end(exitcode: number): void {
    this.exitcode = exitcode;
    for (const listener of this.listeners) listener();
  }

  terminate(): void {
    this.stoppedBy = 'terminate()';
    queueMicrotask(() => this.end(-15));
  }
}

function supervised(): [Supervisor<unknown>, PretendChild] {
  const supervisor = new Supervisor<unknown>({ name: 'P' });
  const child = new PretendChild();
  supervisor.supervise(child as unknown as Child, '    at start');
  return [supervisor, child];
}

test('an outcome that arrives before the supervisor has run for the first time is not lost', async () => {
  const [supervisor, child] = supervised();
  child.onMessage(['value', { payload: 9, specials: null }]);
  child.end(0);

  assert.is(await supervisor, 9);
});

test('it waits for the end of its process, by name', async () => {
  const [supervisor, child] = supervised();
  await sleep(0);
  assert.match(String(supervisor), /waiting for the end of P\b/);
  child.onMessage(['value', { payload: 1, specials: null }]);
  child.end(0);
  await supervisor;
});

test('an error is raised with the frames of the call of start()', async () => {
  const [supervisor, child] = supervised();
  child.onMessage(['error', encodeError(new RangeError('of the child'), { toThread: false, use: 'result' })]);
  child.end(1);

  const error = (await failureOf(supervisor)) as Error;

  assert.instance(error, RangeError);
  assert.match(String(error.stack), /--- P was started ---\n {4}at start$/);
});

test('a supervisor that is killed, even before it has run, terminates its process, and ends when that has ended', async () => {
  const [supervisor, child] = supervised();
  const reason = new GreenletExit('enough');

  await supervisor.kill({ reason });

  assert.is(child.exitcode, -15);
  assert.is(supervisor.exception, reason);
});

test('an end without an outcome is a WorkerLostError, which is reported unless the end was regular', async ({
  reported,
}) => {
  for (const exitcode of [0, -2, -15, 3, -9]) {
    const [supervisor, child] = supervised();
    child.end(exitcode);
    await new Promise((settle) => setImmediate(() => setImmediate(settle)));

    assert.instance(supervisor.exception, WorkerLostError);
    assert.is((supervisor.exception as WorkerLostError).exitcode, exitcode);
  }

  const codes = reported.splice(0).map(({ error }) => (error as WorkerLostError).exitcode);
  assert.equal(codes, [3, -9]);
});

test.run();
