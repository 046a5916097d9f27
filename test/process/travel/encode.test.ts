import { deepStrictEqual as equal, throws } from 'node:assert/strict';
import v8 from 'node:v8';
import { Lock } from '../../../lib/index.ts';
import { decode, encode } from '../../../lib/process/travel/encode.ts';
import { remote } from '../../../lib/process/travel/remote.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/travel/encode');
const way = { toThread: true, use: 'argument' } as const;

const clones = {
  structuredClone: <T>(value: T): T => structuredClone(value),
  'v8.serialize': <T>(value: T): T => v8.deserialize(v8.serialize(value)),
};

const double = remote(import.meta.url, 'double', (n: number) => 2 * n);

for (const [name, clone] of Object.entries(clones)) {
  const sent = <T>(value: T): T => decode(clone(encode(value, 'args', way))) as T;

  test(`${name}: a remote function arrives as the function itself, however often it is in the message`, () => {
    const [first, { second }, map] = sent([
      double,
      { second: double },
      new Map([[double, new Set([double])]]),
    ] as const);
    equal(first, double);
    equal(second, double);
    equal([...map], [[double, new Set([double])]]);
  });

  test(`${name}: a cycle through an error stays a cycle`, () => {
    const error = new RangeError('far', { cause: { deep: [1] } });
    const data = { error, self: null as unknown };
    data.self = data;
    Object.assign(error, { data, code: 'EFAR' });
    const got = sent(data);
    equal(got.error instanceof RangeError, true);
    equal((got.error as unknown as { data: unknown }).data, got);
    equal(got.self, got);
    equal(got.error.stack, error.stack);
    equal(got.error.cause, { deep: [1] });
  });
}

test('data without specials is not copied', () => {
  const data = { list: [1, { two: 2 }], map: new Map([['key', new Date(0)]]) };
  equal(encode(data, 'args', way).payload === data, true);
});

test('an error names the path of what cannot be sent', () => {
  throws(() => encode([{ callback() {} }], 'args', way), /^TypeError: args\[0\]\.callback is a function/);
  throws(() => encode(new Map([['key', Symbol('x')]]), 'item', way), /^TypeError: item\.get\("key"\) is a symbol/);
  throws(
    () => encode(new Set([new Lock()]), 'value', way),
    /^TypeError: value\.values\[0\] is a Lock of greenhub.*greenhub\/process/,
  );
});

test.run();
