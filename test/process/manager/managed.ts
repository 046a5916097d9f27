import type { Coroutine, Operation } from '../../../lib/greenlet/operation.ts';
import { spawn } from '../../../lib/index.ts';
import { Manager } from '../../../lib/process/index.ts';
import type { Context, Test } from '../../support/harness.ts';

type ManagerTest = (name: string, body: (manager: Manager, context: Context) => Coroutine<void>) => void;

/** Gives the tests of a suite a Manager, and runs each in a greenlet. The server is a thread, which ends with the process. */
export function managed(test: Test): ManagerTest {
  let manager: Promise<Manager> | null = null;
  return (name, body) =>
    test(name, async (context) => {
      manager ??= Promise.resolve(Manager.start({ kind: 'thread' }));
      await spawn(body, await manager, context);
    });
}

/** The error of an operation. */
export function* failureOf(operation: Operation<unknown>): Coroutine<unknown> {
  try {
    yield* operation;
  } catch (error) {
    return error;
  }
  throw new Error('it did not fail');
}
