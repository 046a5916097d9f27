import { deepStrictEqual as equal, rejects } from 'node:assert/strict';
import v8 from 'node:v8';
import { type Coroutine, spawn } from '../../../lib/index.ts';
import { decode, type Encoded, encode, loadFunctions } from '../../../lib/process/travel/encode.ts';
import { type Place, remote } from '../../../lib/process/travel/remote.ts';
import { placeOf } from '../../../lib/process/travel/target.ts';
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

test('what contains a special is copied, and nothing else', () => {
  const [plain, point, mixed] = [{ list: [1] }, new Date(0), { double, plain: { a: 1 } }];
  const { payload } = encode([plain.list, point, mixed], 'args', way);
  const [list, date, copy] = payload as [unknown, unknown, typeof mixed];
  equal([list === plain.list, date === point, copy === mixed, copy.plain === mixed.plain], [true, true, false, true]);
  equal(mixed.double, double);
});

/** A message with a function of a module that was not imported. */
function messageWith(place: Place): Encoded {
  const placeholder = {};
  return { payload: [placeholder], specials: { at: [placeholder], what: [{ place }] } };
}

test('a remote function whose module is not loaded here is loaded before the message is read', async () => {
  const module = new URL('../targets/remote.ts', import.meta.url).href;
  const message = messageWith({ module, export: 'triple' });
  const loading = loadFunctions(message);
  equal(loading instanceof Promise, true);
  await loading;
  equal(loadFunctions(message), null);
  const [triple] = decode(message) as [(n: number) => number];
  equal(triple(3), 9);
  equal(placeOf(triple), { module, export: 'triple' });
});

test('otherwise it arrives as a generator function that loads it', async () => {
  const module = new URL('../targets/plain.ts', import.meta.url).href;
  const [x] = decode(messageWith({ module, export: 'x' })) as [(point: object) => Coroutine<number>];
  equal(await spawn(x, { x: 5 }), 5);
  const [gone] = decode(messageWith({ module, export: 'gone' })) as [() => Coroutine<number>];
  await rejects(Promise.resolve(spawn(gone)), /has no export "gone"/);
  await loadFunctions(messageWith({ module, export: 'gone' }));
});

test.run();
