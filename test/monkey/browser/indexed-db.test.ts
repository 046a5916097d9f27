import * as assert from 'uvu/assert';
import { spawn } from '../../../lib/index.ts';
import { patchIndexedDb } from '../../../lib/monkey/browser/index.ts';
import { waitAllBlocked } from '../../../lib/testing/index.ts';
import { suite } from '../../support/harness.ts';
import { whilePatched } from '../../support/patched.ts';

const test = suite('monkey/browser/indexed-db');

/** The part of a browser's IndexedDB that these tests need. */
class IDBTransaction extends EventTarget {
  readonly error = null;

  abort(): void {
    this.dispatchEvent(new globalThis.Event('abort'));
  }
}

class IDBDatabase {
  transaction(): IDBTransaction {
    return new IDBTransaction();
  }
}

const classes = { IDBDatabase, IDBTransaction };

async function patched(body: () => Promise<void>): Promise<void> {
  Object.assign(globalThis, classes);
  try {
    await whilePatched(body, patchIndexedDb);
  } finally {
    for (const name of Object.keys(classes)) Reflect.deleteProperty(globalThis, name);
  }
}

for (const [type, outcome] of [
  ['complete', undefined],
  ['abort', 'AbortError'],
] as const) {
  test(`a transaction that has ended with ${type} before a greenlet waits for it does not block`, () =>
    patched(async () => {
      const job = spawn(function* () {
        const transaction = new IDBDatabase().transaction();
        transaction.dispatchEvent(new globalThis.Event(type));
        try {
          yield* transaction as unknown as Iterable<never>;
        } catch (error) {
          return (error as Error).name;
        }
      });
      await waitAllBlocked();
      assert.ok(job.dead);
      assert.is(await job, outcome);
    }));
}

test.run();
