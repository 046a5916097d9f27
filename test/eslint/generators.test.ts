import greenhub from '../../lib/eslint/index.ts';
import { suite } from '../support/harness.ts';
import { accepts, reports, tester, typescript } from './programs.ts';

const test = suite('require-yield-star: functions of the file');

const helper = 'function* helper() { yield* sleep(1); }\n';

test('a call of a function* as a statement gets its yield*', () => {
  reports('writeYieldStar', [
    [`${helper}function* main() { helper(); }`, `${helper}function* main() { yield* helper(); }`],
    [
      'function* main() { helper(); } function* helper() {}',
      'function* main() { yield* helper(); } function* helper() {}',
    ],
    [
      'const helper = function* () {}; function* main() { helper(); }',
      'const helper = function* () {}; function* main() { yield* helper(); }',
    ],
    [`${helper}function* main() { a && helper(); }`, `${helper}function* main() { a && (yield* helper()); }`],
    [`${helper}function* main() { helper.call(a); }`, `${helper}function* main() { yield* helper.call(a); }`],
    ['function* main() { (function* () {})(); }', 'function* main() { yield* (function* () {})(); }'],
    [`${helper}export default function* () { helper(); }`, `${helper}export default function* () { yield* helper(); }`],
    ['function* f(n) { f(n - 1); }', 'function* f(n) { yield* f(n - 1); }'],
  ]);
});

test('a call of a function* method as a statement gets its yield*', () => {
  reports('writeYieldStar', [
    ['class A { *run() { this.step(); } *step() {} }', 'class A { *run() { yield* this.step(); } *step() {} }'],
    ['class A { *run() { this.#step(); } *#step() {} }', 'class A { *run() { yield* this.#step(); } *#step() {} }'],
    [
      'class A { *run() { this.step(); } step = function* () {}; }',
      'class A { *run() { yield* this.step(); } step = function* () {}; }',
    ],
    [
      'class A { static *run() { this.step(); } static *step() {} }',
      'class A { static *run() { yield* this.step(); } static *step() {} }',
    ],
    [
      'class A { *step() {} } class B extends A { *run() { this.step(); } }',
      'class A { *step() {} } class B extends A { *run() { yield* this.step(); } }',
    ],
    [
      'class A { *step() {} } class B extends A { *step() { super.step(); } }',
      'class A { *step() {} } class B extends A { *step() { yield* super.step(); } }',
    ],
    [
      'class A { *step() {} } const a = new A(); function* main() { a.step(); }',
      'class A { *step() {} } const a = new A(); function* main() { yield* a.step(); }',
    ],
    [
      'class A { static *step() {} } function* main() { A.step(); new A().other(); }',
      'class A { static *step() {} } function* main() { yield* A.step(); new A().other(); }',
    ],
    ['const a = { *step() {}, *run() { this.step(); } };', 'const a = { *step() {}, *run() { yield* this.step(); } };'],
    [
      'const a = { step: function* () {} }; function* main() { a.step(); }',
      'const a = { step: function* () {} }; function* main() { yield* a.step(); }',
    ],
  ]);
  reports('startGreenlet', [['class A { *step() {} run() { [1].map(() => { this.step(); }); } }', null]]);
});

test('a generator outside of a function* is reported and not fixed', () => {
  reports('startGreenlet', [
    [`${helper}helper();`, null],
    [`${helper}await helper();`, null],
    [`${helper}async function main() { helper(); }`, null],
    [`${helper}async function main() { await helper(); }`, null],
    [`${helper}function main() { helper(); }`, null],
    [`${helper}const main = () => { helper(); };`, null],
    [`${helper}spawn(() => { helper(); });`, null],
    [`${helper}items.forEach(async (item) => helper(item));`, null],
  ]);
});

test('a function that only returns an operation or a generator counts as one', () => {
  reports('writeYieldStar', [
    [
      'const pause = () => sleep(5); function* f() { pause(); }',
      'const pause = () => sleep(5); function* f() { yield* pause(); }',
    ],
    [
      'function pause(ms) { return sleep(ms); } function* f() { pause(5); }',
      'function pause(ms) { return sleep(ms); } function* f() { yield* pause(5); }',
    ],
    [
      `${helper}const go = () => helper(); function* f() { go(); }`,
      `${helper}const go = () => helper(); function* f() { yield* go(); }`,
    ],
  ]);
  reports('writeAwait', [['const pause = () => sleep(5); pause();', 'const pause = () => sleep(5); await pause();']]);
  accepts([
    'const stop = () => killall(jobs); function* f() { stop(); }',
    'function stop() { for (const job of jobs) job.kill(); return joinall(jobs); } function* f() { stop(); }',
    'const a = () => b(); const b = () => a(); function* f() { a(); b(); }',
  ]);
});

test('an operation or a generator that is assigned and never used is found', () => {
  reports('writeYieldStar', [
    ['function* f() { const a = sleep(5); }', 'function* f() { const a = yield* sleep(5); }'],
    [`${helper}function* f() { const a = helper(); }`, `${helper}function* f() { const a = yield* helper(); }`],
    [`${helper}function* f() { let a; a = helper(); }`, `${helper}function* f() { let a; a = yield* helper(); }`],
    [
      `${helper}function* f() { const a = b ? 1 : helper(); }`,
      `${helper}function* f() { const a = b ? 1 : yield* helper(); }`,
    ],
  ]);
  reports('writeAwait', [['const a = sleep(5);', 'const a = await sleep(5);']]);
  reports(
    'writeYieldStar',
    [
      [
        'const lock = new Lock(); function* f() { using _ = lock.hold(); }',
        'const lock = new Lock(); function* f() { using _ = yield* lock.hold(); }',
      ],
    ],
    typescript,
  );
  accepts([
    'function* f() { const a = sleep(5); yield* a; }',
    'function* f() { const a = sleep(5); return () => a; }',
    'function* f() { const _a = sleep(5); }',
    'export const a = sleep(5);',
    'const a = sleep(5); export { a };',
    'export let a; a = sleep(5);',
    'function* f() { this.a = sleep(5); b.a = sleep(5); }',
    `${helper}function* f() { let a; h(a = helper()); for (a of b) h(a); }`,
    'const job = spawn(h); function* f() { const done = job.kill(); }',
  ]);
  tester({ sourceType: 'script' }).run('require-yield-star', greenhub.rules['require-yield-star'], {
    valid: ['var job = helper(); function* helper() {}'],
    invalid: [],
  });
});

test('an operation or a generator that a callback returns to a caller that ignores it is found', () => {
  reports('cannotWait', [
    ['items.forEach((item) => sleep(item));', null],
    ['items.forEach((item) => { return sleep(item); });', null],
    ['items.forEach(function (item) { if (item) return sleep(item); });', null],
    ['items.forEach((item) => item && sleep(item));', null],
    ['const queue = new Queue(); stream.on("data", (item) => queue.put(item));', null],
    ['stream.once("end", () => sleep(5));', null],
    ['target.addEventListener("click", () => sleep(5));', null],
    ['setTimeout(() => sleep(5), 10);', null],
    ['globalThis.setInterval(() => sleep(5), 10);', null],
    ['queueMicrotask(() => sleep(5));', null],
    ['process.nextTick(() => sleep(5));', null],
    ['new Promise(() => sleep(5));', null],
  ]);
  reports('startGreenlet', [
    [`${helper}items.forEach((item) => helper(item));`, null],
    [`${helper}function* f() { items.forEach((item) => helper(item)); }`, null],
    [`${helper}setTimeout(() => helper(), 10);`, null],
    [`${helper}emitter.on("x", () => { return helper(); });`, null],
  ]);
});

test('an operation or a generator that a callback returns to a caller that may use it is accepted', () => {
  accepts([
    `${helper}spawn(() => helper()); withTimeout(5, () => helper()).then(h); h(() => sleep(5));`,
    `${helper}function* f() { yield* all(items.map((item) => helper(item))); yield* all(items.map(() => sleep(5))); }`,
    `${helper}promise.then(() => sleep(5)); promise.then(() => helper());`,
    `${helper}function* f() { yield* g.retry(() => helper()); yield* g.forEach(items, (item) => helper(item)); }`,
    `${helper}test("it waits", () => sleep(5)); app.get("/", () => helper());`,
    'items.forEach(async (item) => sleep(item));',
    'items.forEach((item) => void sleep(item));',
    'const f = (setTimeout) => setTimeout(() => sleep(5));',
    'class Promise {} new Promise(() => sleep(5));',
    `${helper}const handlers = { click: () => helper() }; export const run = () => helper();`,
    `${helper}items.forEach((item) => spawn(helper, item)); items.forEach((item) => { spawn(helper); });`,
  ]);
});

test('yield gets its star if the generator waits for operations', () => {
  reports('addStar', [
    [`${helper}function* f() { yield helper(); }`, `${helper}function* f() { yield* helper(); }`],
    [`${helper}function* f() { const a = yield helper(); }`, `${helper}function* f() { const a = yield* helper(); }`],
    [
      'function* a() { yield* b(); } function* b() { yield* sleep(5); } function* f() { yield a(); }',
      'function* a() { yield* b(); } function* b() { yield* sleep(5); } function* f() { yield* a(); }',
    ],
    [
      'function* a() { if (b) { const c = yield* fetch(d); } } function* f() { yield a(); }',
      'function* a() { if (b) { const c = yield* fetch(d); } } function* f() { yield* a(); }',
    ],
  ]);
  accepts([
    'function* items() { yield 1; } function* f() { yield items(); }',
    'function* items() { function* other() { yield* sleep(5); } yield other; } function* f() { yield items(); }',
    `${helper}async function* f() { yield helper(); }`,
  ]);
});

test('a function* that makes an iterator is accepted', () => {
  accepts(
    [
      'for (const a of gen()) h(a);',
      'h([...gen()]);',
      'h(...gen());',
      'const [a] = gen(); h(a);',
      'function* more() { yield* gen(); yield gen(); return gen(); }',
      'function more() { return gen(); }',
      'const more = () => gen(); h(more);',
      'h(gen()); new Map(gen()); Array.from(gen());',
      'const it = gen(); it.next();',
      'gen().next(); gen().return(1);',
      'gen()[Symbol.iterator]();',
      'const a = { items: gen() }; const b = [gen()]; class C { it = gen(); }',
      'void gen();',
      'if (gen()) h(); h(!gen(), typeof gen());',
      'export const it = gen();',
      'export default gen();',
      'function f(a = gen()) { return a; }',
      'spawn(gen); spawn(gen());',
    ].map((code) => `function* gen() { yield 1; }\n${code}`),
  );
});

test('calls of functions that the file does not declare as function* are accepted', () => {
  accepts([
    'function helper() { return 1; } function* f() { helper(); }',
    'async function helper() {} function* f() { helper(); }',
    'async function* helper() {} function* f() { helper(); }',
    `${helper}function* f(helper) { helper(); }`,
    'function* f(a) { a.helper(); a(); }',
    'let helper = function* () {}; helper = h; function* f() { helper(); }',
    'function* helper() {} helper = h; function* f() { helper(); }',
    "import { helper } from './helper.js'; function* f() { helper(); }",
    'const a = { *step() {} }; a.step = h; function* f() { a.step(); }',
    'const a = { *step() {}, ...h }; function* f() { a.step(); }',
    'class A { *step() {} } function* f(a) { a.step(); }',
    'class A { static *step() {} } const a = new A(); function* f() { a.step(); A.other(); }',
    'class A { get step() { return h; } *run() { this.step(); } }',
    'class A { step() {} *run() { this.step(); } }',
    'class A { *step() {} *run() { return function () { this.step(); }; } }',
    'class A { *step() {} } class B extends A { step() {} *run() { this.step(); } }',
    'class A extends A { *run() { this.step(); } }',
    'class A extends h { *run() { this.step(); super.step(); } }',
    'const a = { get step() { return h; } }; function* f() { a.step(); a[b](); }',
    'class A { *[step]() {} *run() { this.step(); } }',
  ]);
});

test('TypeScript signatures without a body are ignored', () => {
  accepts(
    [
      'abstract class A { abstract step(): void; *run() { this.step(); } }',
      'class A { [key: string]: unknown; *run() { this.step(); } }',
      'declare function helper(): void; function* run() { helper(); }',
      'class A { step(a: string): void; step(a: number): void; step(a: unknown) {} *run() { this.step(1); } }',
      'abstract class A { abstract name: string; declare step: () => void; *run() { this.step(); } }',
      'function helper(a: string): void; function helper(a: unknown) {} function* run() { helper(1); }',
    ],
    typescript,
  );
  reports(
    'writeYieldStar',
    [
      [
        'class A { step(a: string): Coroutine<void>; *step(a: unknown) {} *run() { this.step(1); } }',
        'class A { step(a: string): Coroutine<void>; *step(a: unknown) {} *run() { yield* this.step(1); } }',
      ],
      [
        'function step(a: string): Coroutine<void>; function* step(a: unknown) {} function* run() { step(1); }',
        'function step(a: string): Coroutine<void>; function* step(a: unknown) {} function* run() { yield* step(1); }',
      ],
    ],
    typescript,
  );
});

test('generators are also checked in a file that does not import greenhub', () => {
  tester({}).run('require-yield-star', greenhub.rules['require-yield-star'], {
    valid: ['function* f() { for (const a of g()) yield a; } function* g() { yield 1; }'],
    invalid: [
      {
        code: 'function* f() { g(); } function* g() { yield* fetch(url); }',
        output: 'function* f() { yield* g(); } function* g() { yield* fetch(url); }',
        errors: [{ messageId: 'writeYieldStar' }],
      },
    ],
  });
});

test.run();
