import dns, { lookup as namedLookup } from 'node:dns';
import { setImmediate as turn } from 'node:timers/promises';
import { promisify } from 'node:util';
import * as assert from 'uvu/assert';
import { sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import { getOriginal, patchAll, patchDns, unpatchAll } from '../../lib/monkey/index.ts';
import { waitAllBlocked } from '../../lib/testing/index.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { NameServer } from '../support/name-server.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';

const all = suite('dns');
const test = patching(all);

const { promises } = dns;
const ADDRESS = ['192.0.2.1'];
const QUERIES = [
  'resolve',
  'resolve4',
  'resolve6',
  'resolveAny',
  'resolveCaa',
  'resolveCname',
  'resolveMx',
  'resolveNaptr',
  'resolveNs',
  'resolvePtr',
  'resolveSoa',
  'resolveSrv',
  'resolveTxt',
  'reverse',
] as const;

type Code = NodeJS.ErrnoException | undefined;

/** Resolvers of both kinds, which count their cancellations. */
function resolversOf(server: NameServer): [string, { resolve4(name: string): Promise<string[]> }, { count: number }][] {
  return (
    [
      ['dns.Resolver', new dns.Resolver()],
      ['dns.promises.Resolver', new promises.Resolver()],
    ] as const
  ).map(([name, resolver]) => {
    const cancels = { count: 0 };
    const cancel = resolver.cancel.bind(resolver);
    resolver.cancel = () => {
      cancels.count += 1;
      cancel();
    };
    resolver.setServers([server.address]);
    return [name, resolver, cancels];
  });
}

test('lookups without a callback give the same as dns.promises', async () => {
  const gr = spawn(function* () {
    const one = yield* dns.lookup('127.0.0.1');
    const same = yield* promises.lookup('127.0.0.1');
    const every = yield* dns.lookup('127.0.0.1', { all: true });
    const family = yield* dns.lookup('127.0.0.1', 4);
    const named = yield* namedLookup('127.0.0.1');
    const service = yield* dns.lookupService('127.0.0.1', 80);
    const sameService = yield* promises.lookupService('127.0.0.1', 80);
    return { one, same, every, family, named, service, sameService };
  });

  const { one, same, every, family, named, service, sameService } = await gr;

  assert.equal(one, { address: '127.0.0.1', family: 4 });
  assert.equal([same, family, named], [one, one, one]);
  assert.equal(every, [one]);
  assert.equal(service, sameService);
});

test('lookup() of localhost gives an address of this host', async () => {
  const { address } = await spawn(function* () {
    return yield* dns.lookup('localhost');
  });

  assert.ok(['127.0.0.1', '::1'].includes(address));
});

test('resolvers without a callback give the same as dns.promises', async () => {
  const server = await NameServer.open();
  try {
    for (const [name, resolver] of resolversOf(server)) {
      const addresses = await spawn(function* () {
        return yield* resolver.resolve4('example.test');
      });
      assert.equal(addresses, ADDRESS, name);
    }
    const resolver = new dns.Resolver();
    resolver.setServers([server.address]);
    const gr = spawn(function* () {
      return [
        yield* resolver.resolve('example.test'),
        yield* resolver.resolve('example.test', 'A'),
        yield* resolver.resolve4('example.test', { ttl: true }),
      ];
    });
    assert.equal(await gr, [ADDRESS, ADDRESS, [{ address: ADDRESS[0], ttl: 60 }]]);
  } finally {
    server.close();
  }
});

test('with a callback nothing changes, in greenlets too', async () => {
  const server = await NameServer.open();
  try {
    for (const where of ['inside', 'outside']) {
      const resolver = new dns.Resolver();
      resolver.setServers([server.address]);
      const start = (): Promise<unknown[]> =>
        Promise.all([
          new Promise((done) => dns.lookup('127.0.0.1', (...answer) => done(answer))),
          new Promise((done) => dns.lookup('127.0.0.1', { all: true }, (...answer) => done(answer))),
          new Promise((done) => resolver.resolve4('example.test', (...answer) => done(answer))),
          promisify(dns.lookup)('127.0.0.1'),
        ]);
      const answers = where === 'inside' ? await spawn(start) : await start();

      assert.equal(answers, [
        [null, '127.0.0.1', 4],
        [null, [{ address: '127.0.0.1', family: 4 }]],
        [null, ADDRESS],
        { address: '127.0.0.1', family: 4 },
      ]);
    }
  } finally {
    server.close();
  }
});

test('outside greenlets Node refuses a call without a callback, as without the patch', () => {
  const resolver = new dns.Resolver();
  for (const call of [
    () => dns.lookup('localhost'),
    () => dns.lookup('localhost', { all: true }),
    ...QUERIES.map((name) => () => (dns[name] as (name: string) => unknown)('localhost')),
    ...QUERIES.map((name) => () => (resolver[name] as (name: string) => unknown)('localhost')),
  ]) {
    const error = thrownBy(call) as Code;
    assert.is(error?.code, 'ERR_INVALID_ARG_TYPE');
    assert.instance(error, TypeError);
  }
  assert.is((thrownBy(() => dns.lookupService('127.0.0.1', 80)) as Code)?.code, 'ERR_MISSING_ARGS');
});

test('outside greenlets dns.promises gives plain promises', async () => {
  const answer = promises.lookup('127.0.0.1');

  assert.is(Object.hasOwn(answer, Symbol.iterator), false);
  assert.equal(await answer, { address: '127.0.0.1', family: 4 });
});

test('errors are those of dns.promises, raised in the greenlet', async () => {
  const seen = await spawn(function* () {
    const failures: unknown[] = [];
    for (const start of [() => dns.lookup('name.invalid'), () => promises.lookup('name.invalid')]) {
      const { code, syscall, hostname } = (yield* outcomeOf(start())).error as Code & { hostname: string };
      failures.push([code, syscall, hostname]);
    }
    return failures;
  });

  assert.equal(seen[0], seen[1]);
  assert.equal((seen[0] as unknown[]).slice(1), ['getaddrinfo', 'name.invalid']);
});

test('a resolver whose only waiter is killed or timed out is cancelled', async () => {
  const server = await NameServer.open({ silent: true });
  try {
    let asked = 0;
    for (const [name, resolver, cancels] of resolversOf(server)) {
      const killed = spawn(() => resolver.resolve4('killed.test'));
      asked += 1;
      await server.asked(asked);
      await killed.kill();
      assert.is(cancels.count, 1, name);

      const timed = spawn(function* () {
        return yield* outcomeOf(withTimeout(5, resolver.resolve4('timed.test')));
      });
      assert.instance((await timed).error, Timeout);
      assert.is(cancels.count, 2, name);
      asked = server.queries;
    }
  } finally {
    server.close();
  }
});

test('a resolver that others wait for is cancelled when the last of them is', async () => {
  const server = await NameServer.open({ silent: true });
  try {
    for (const [name, resolver, cancels] of resolversOf(server)) {
      const first = spawn(() => resolver.resolve4('first.test'));
      const second = spawn(() => resolver.resolve4('second.test'));
      await waitAllBlocked();

      await first.kill();
      assert.is(cancels.count, 0, name);
      await second.kill();
      assert.is(cancels.count, 1, name);
    }
  } finally {
    server.close();
  }
});

test('a resolver that code outside greenlets has used is not cancelled by them', async () => {
  const server = await NameServer.open({ silent: true });
  try {
    for (const [name, resolver, cancels] of resolversOf(server)) {
      const ask = resolver.resolve4 as (...args: unknown[]) => unknown;
      const outside = new Promise((done) => {
        const answer = ask.call(resolver, 'outside.test', done);
        if (answer instanceof Promise) answer.catch(done);
      });
      const gr = spawn(() => resolver.resolve4('inside.test'));
      await turn();

      await gr.kill();

      assert.is(cancels.count, 0, name);
      (resolver as unknown as dns.Resolver).cancel();
      assert.is(((await outside) as Code)?.code, 'ECANCELLED');
    }
  } finally {
    server.close();
  }
});

test('a late answer to a lookup that was cancelled is dropped', async () => {
  for (const start of [() => dns.lookup('localhost'), () => promises.lookup('name.invalid')]) {
    const gr = spawn(function* () {
      yield* start();
      return 'too far';
    });
    await sleep(0);

    await gr.kill();

    assert.is(gr.value, undefined);
  }
});

test('queries side by side in Promise.all are all cancelled by a kill', async () => {
  const server = await NameServer.open({ silent: true });
  try {
    for (const [name, resolver, cancels] of resolversOf(server)) {
      const gr = spawn(function* () {
        yield* Promise.all([resolver.resolve4('one.test'), resolver.resolve4('two.test')]);
      });
      await turn();

      await gr.kill();

      assert.is(cancels.count, 1, name);
    }
  } finally {
    server.close();
  }
});

for (const [name, module] of [
  ['dns', dns],
  ['dns/promises', promises],
] as const) {
  test(`${name}.setServers() is followed, by the patched queries and the originals`, async () => {
    const before = dns.getServers();
    const server = await NameServer.open();
    const ask = module.resolve4;
    try {
      // A different name each time, because some versions of Node cache the answer.
      module.setServers([server.address]);

      assert.is.not(module.resolve4, ask);
      assert.equal(await spawn(() => promises.resolve4('one.test')), ADDRESS);
      assert.equal(await promises.resolve4('two.test'), ADDRESS);
      const original = getOriginal<typeof dns.promises.resolve4>('dns/promises', 'resolve4');
      unpatchAll();
      assert.is(promises.resolve4, original);
      assert.equal(await promises.resolve4('three.test'), ADDRESS);
      assert.is(server.queries, 3);
    } finally {
      unpatchAll();
      dns.setServers(before);
      patchAll();
      server.close();
    }
  });
}

test('setServers() leaves a lookup alone that the program has put in', () => {
  const { lookup } = dns;
  const mock = (() => {}) as unknown as typeof lookup;
  dns.lookup = mock;
  try {
    dns.setServers(dns.getServers());
    assert.is(dns.lookup, mock);
  } finally {
    dns.lookup = lookup;
  }
});

test('a setServers() that was kept from before unpatchAll() patches nothing', () => {
  const { setServers } = dns;
  unpatchAll();
  try {
    const before = dns.lookup;
    setServers(dns.getServers());
    assert.is(dns.lookup, before);
  } finally {
    patchDns();
  }
});

test('wrong arguments in a greenlet are refused as dns.promises refuses them', async () => {
  const wrong: (() => Promise<unknown>)[] = [
    () => dns.lookup(5 as never),
    () => dns.resolve4(5 as never),
    () => dns.resolve('x', 'B' as never),
  ];
  for (const start of wrong) {
    const error = (await failureOf(spawn(start))) as Code;
    assert.ok(error?.code?.startsWith('ERR_INVALID_ARG_'));
  }
});

all.run();
