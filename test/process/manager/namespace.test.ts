import * as assert from 'uvu/assert';
import { suite } from '../../support/harness.ts';
import { managed } from './managed.ts';

const test = suite('process/manager/namespace');
const onManager = managed(test);

onManager('a namespace keeps named values', function* (manager) {
  const settings = manager.namespace<{ depth: number; name?: string }>({ depth: 3 });
  yield* settings.set('name', 'crawler');
  yield* settings.set('depth', 4);

  assert.is(yield* settings.get('depth'), 4);
  assert.equal(yield* settings.copy(), { depth: 4, name: 'crawler' });
  assert.is(yield* settings.delete('name'), true);
  assert.is(yield* settings.delete('name'), false);
  assert.is(yield* settings.get('name'), undefined);
});

onManager('a name like __proto__ is an ordinary one', function* (manager) {
  const names = manager.namespace<Record<string, unknown>>();
  yield* names.set('__proto__', { polluted: true });

  const copy = yield* names.copy();
  assert.equal(Object.keys(copy), ['__proto__']);
  assert.is(Object.getPrototypeOf(copy), Object.prototype);
});

onManager('names are strings', function* (manager) {
  assert.throws(
    () => manager.namespace().get(1 as never),
    (error: unknown) => error instanceof TypeError,
  );
});

test.run();
