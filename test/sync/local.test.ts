import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as assert from 'uvu/assert';
import { all, joinall, Local, sleep, spawn, withTimeout } from '../../lib/index.ts';
import { suite } from '../support/harness.ts';

const test = suite('sync/local');

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('each greenlet sees its own attributes across switches', async () => {
  const session = new Local<{ user: string }>();
  function* serve(user: string) {
    session.user = user;
    yield* sleep(0);
    return session.user;
  }

  const served = [spawn(serve, 'ann'), spawn(serve, 'bob')];
  await joinall(served);

  assert.equal(
    served.map((greenlet) => greenlet.value),
    ['ann', 'bob'],
  );
});

test('attributes start undefined in a greenlet, whatever main or its spawner set', async () => {
  const session = new Local<{ user: string }>();
  session.user = 'main';

  const seen = await spawn(function* () {
    session.user = 'outer';
    return yield* spawn(() => session.user);
  });

  assert.is(seen, undefined);
});

test('main code has attributes of its own, which greenlets do not touch', async () => {
  const session = new Local<{ user: string }>();
  session.user = 'main';

  await spawn(() => {
    session.user = 'greenlet';
  });

  assert.is(session.user, 'main');
});

test('two locals keep apart', () => {
  const one = new Local<{ value: number }>();
  const other = new Local<{ value: number }>();

  one.value = 1;

  assert.is(other.value, undefined);
});

test('attributes can be deleted, looked for and listed', async () => {
  const local = new Local<{ a: number; b: number; c: number }>();
  local.c = 3;

  await spawn(() => {
    local.a = 1;
    local.b = 2;
    delete local.a;

    assert.is('a' in local, false);
    assert.is('b' in local, true);
    assert.is('c' in local, false);
    assert.equal(Object.keys(local), ['b']);
    assert.equal({ ...local }, { b: 2 });
  });
});

test('an attribute defined with defineProperty belongs to its greenlet', async () => {
  const local = new Local<{ fixed: number }>();

  await spawn(() => {
    Object.defineProperty(local, 'fixed', { value: 1, enumerable: true });
    assert.is(local.fixed, 1);
  });

  assert.is(local.fixed, undefined);
});

test('symbols and untyped attributes work as well', () => {
  const key = Symbol('key');
  const local = new Local();
  local.anything = [1];
  Object.assign(local, { [key]: 2 });

  assert.equal(local.anything, [1]);
  assert.is(Reflect.get(local, key), 2);
});

test('the body of a withTimeout sees the attributes of its greenlet', async () => {
  const local = new Local<{ depth: number }>();

  const seen = await spawn(function* () {
    local.depth = 1;
    return yield* withTimeout(1_000, function* () {
      yield* sleep(0);
      return local.depth;
    });
  });

  assert.is(seen, 1);
});

test('the values of a greenlet are freed with the greenlet', async () => {
  const local = new Local<{ data: object }>();
  const made: WeakRef<object>[] = [];

  await spawn(function* () {
    const data = { large: new Array(1_000).fill(0) };
    made.push(new WeakRef(data));
    local.data = data;
    yield* sleep(0);
  });
  for (let round = 0; round < 10 && made[0]?.deref() !== undefined; round += 1) {
    await turn();
    collectGarbage();
  }

  assert.is(made[0]?.deref(), undefined);
});

test('an operation that main awaits sees the attributes of main', async () => {
  const local = new Local<{ user: string }>();
  local.user = 'main';

  const [seen] = await all([() => local.user]);

  assert.is(seen, 'main');
});

test.run();
