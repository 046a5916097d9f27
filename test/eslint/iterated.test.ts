import { suite } from '../support/harness.ts';
import { accepts, reports } from './programs.ts';

const test = suite('require-yield-star: what is iterated');

test('iterating over an operation is reported and gets yield*', () => {
  reports('iterateResult', [
    [
      'function* f() { const [a, b] = all(jobs); h(a, b); }',
      'function* f() { const [a, b] = yield* all(jobs); h(a, b); }',
    ],
    ['function* f() { [a, b] = all(jobs); }', 'function* f() { [a, b] = yield* all(jobs); }'],
    ['function* f() { h([...all(jobs)]); }', 'function* f() { h([...yield* all(jobs)]); }'],
    ['function* f() { h(...all(jobs)); }', 'function* f() { h(...yield* all(jobs)); }'],
    ['function* f() { for (const a of all(jobs)) h(a); }', 'function* f() { for (const a of yield* all(jobs)) h(a); }'],
    [
      'function* f() { const a = all(jobs); const [b] = a; h(b); }',
      'function* f() { const a = all(jobs); const [b] = yield* a; h(b); }',
    ],
    ['const [a, b] = all(jobs);', 'const [a, b] = await all(jobs);'],
    [
      'async function f() { for (const a of all(jobs)) h(a); }',
      'async function f() { for (const a of await all(jobs)) h(a); }',
    ],
    ['function f() { return [...all(jobs)]; }', null],
  ]);
});

test('iterating over a generator that waits for operations is reported', () => {
  const helper = 'function* helper() { yield* sleep(1); return [1]; }\n';
  reports('iterateResult', [
    [
      `${helper}function* f() { const [a] = helper(); h(a); }`,
      `${helper}function* f() { const [a] = yield* helper(); h(a); }`,
    ],
    [`${helper}const [a] = helper();`, null],
  ]);
  accepts([
    'function* gen() { yield 1; } const [a] = gen(); for (const b of gen()) h(b); h([...gen()]);',
    `${helper}function* f() { const [a] = yield* helper(); h(a); h({ ...helper() }); }`,
  ]);
});

test('iterating over a promise, which the promise patch lets TypeScript accept, is found', () => {
  reports('iterateResult', [
    [
      'async function f() { for (const a of fetch(b)) h(a); }',
      'async function f() { for (const a of await fetch(b)) h(a); }',
    ],
    ['const [a] = Promise.all(b);', 'const [a] = await Promise.all(b);'],
    ['h([...new Promise(b)]);', 'h([...await new Promise(b)]);'],
    ['const a = fetch(b).then(h); h([...a]);', 'const a = fetch(b).then(h); h([...await a]);'],
    ['async function load() {} const [a] = load();', 'async function load() {} const [a] = await load();'],
    ['const { a } = b, [c] = import(d);', 'const { a } = b, [c] = await import(d);'],
    ['function* f() { const [a] = fetch(b); h(a); }', null],
    ['function f() { for (const a of Promise.resolve(b)) h(a); }', null],
  ]);
});

test('values that may be no promise are accepted', () => {
  accepts([
    'for (const a of b) h(a); const [c] = d(); h([...e]);',
    'for await (const a of fetch(b)) h(a);',
    'const [a] = await fetch(b); function* f() { const [a] = yield* fetch(b); h([...(yield* all(jobs))]); }',
    'const f = (fetch) => [...fetch()]; class Promise {} h([...Promise.all(b)]);',
    'h({ ...fetch(b) }); const { a } = fetch(b);',
    'let a = fetch(b); a = [1]; h([...a]);',
    'const { promise } = Promise.withResolvers(); h([...promise]);',
  ]);
});

test.run();
