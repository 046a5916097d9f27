import { ESLint } from 'eslint';
import * as assert from 'uvu/assert';
import greenhub from '../../lib/eslint/index.ts';
import { suite } from '../support/harness.ts';
import { accepts, imports, reports, tester, typescript } from './programs.ts';

const test = suite('require-yield-star');

test('a statement in a generator function that only makes an operation is given its yield*', () => {
  reports('writeYieldStar', [
    ['function* f() { sleep(5); }', 'function* f() { yield* sleep(5); }'],
    ['function* f() { nap(5); }', 'function* f() { yield* nap(5); }'],
    ['function* f() { g.sleep(5); }', 'function* f() { yield* g.sleep(5); }'],
    ["function* f() { g['sleep'](5); }", "function* f() { yield* g['sleep'](5); }"],
    ['spawn(function* () { joinall(jobs); });', 'spawn(function* () { yield* joinall(jobs); });'],
    ['class A { *f() { withTimeout(5, h); } }', 'class A { *f() { yield* withTimeout(5, h); } }'],
    ['const a = { *f() { until(promise); } };', 'const a = { *f() { yield* until(promise); } };'],
    ['function* f() {\n  let a = 1\n  sleep(5)\n}', 'function* f() {\n  let a = 1\n  yield* sleep(5)\n}'],
    ['function* f() { if (a) sleep(5); else h(); }', 'function* f() { if (a) yield* sleep(5); else h(); }'],
    ['function* f() { (sleep(5)); }', 'function* f() { (yield* sleep(5)); }'],
  ]);
});

test('functions of greenhub/greenlet are known as well', () => {
  reports('writeYieldStar', [
    [
      "import { call } from 'greenhub/greenlet'; function* f() { call(h); }",
      "import { call } from 'greenhub/greenlet'; function* f() { yield* call(h); }",
    ],
  ]);
});

test('methods that wait are known of variables that the file itself makes', () => {
  reports('writeYieldStar', [
    [
      'const queue = new Queue(); function* f() { queue.put(1); }',
      'const queue = new Queue(); function* f() { yield* queue.put(1); }',
    ],
    [
      'const queue = new g.JoinableQueue(); function* f() { queue.join(); }',
      'const queue = new g.JoinableQueue(); function* f() { yield* queue.join(); }',
    ],
    [
      'function* f() { const lock = new Lock(); lock.acquire(); }',
      'function* f() { const lock = new Lock(); yield* lock.acquire(); }',
    ],
    [
      'function* f() { const job = spawn(h); job.join(); }',
      'function* f() { const job = spawn(h); yield* job.join(); }',
    ],
    [
      'function* f() { const job = new Greenlet(h); job.get(); }',
      'function* f() { const job = new Greenlet(h); yield* job.get(); }',
    ],
    ['function* f() { spawn(h).join(); }', 'function* f() { yield* spawn(h).join(); }'],
    [
      "const e = new Event(); function* f() { e['wait'](); }",
      "const e = new Event(); function* f() { yield* e['wait'](); }",
    ],
    [
      'const it = iwait(jobs); function* f() { it.next(); }',
      'const it = iwait(jobs); function* f() { yield* it.next(); }',
    ],
    [
      'function* f() { pool.map(h, [1]); } const pool = new Pool(2);',
      'function* f() { yield* pool.map(h, [1]); } const pool = new Pool(2);',
    ],
  ]);
});

test('a variable that is set in another place than it is declared is known too', () => {
  reports('writeYieldStar', [
    [
      'let queue; beforeEach(() => { queue = new Queue(); }); function* f() { queue.get(); }',
      'let queue; beforeEach(() => { queue = new Queue(); }); function* f() { yield* queue.get(); }',
    ],
    [
      'let queue = new Queue(); queue = new Queue(5); function* f() { queue.get(); }',
      'let queue = new Queue(); queue = new Queue(5); function* f() { yield* queue.get(); }',
    ],
  ]);
});

test('a variable that may be something else is left alone', () => {
  accepts([
    'let queue = new Queue(); queue = other; function* f() { queue.put(1); }',
    'let queue = new Queue(); queue = new Group(); function* f() { queue.join(); }',
    'let queue = new Queue(); queue ||= other; function* f() { queue.put(1); }',
    'let { queue } = new Queue(); function* f() { queue.put(1); }',
    'let { queue = new Queue() } = other; function* f() { queue.put(1); }',
    'for (const queue of new Queue()) (function* () { queue.put(1); });',
    'function* f(queue) { queue.put(1); }',
    'const queue = new Queue(); function* f() { const queue = new Map(); queue.get(1); }',
    'const queue = new Queue(); function* f() { this.queue.get(1); queue.items.get(1); }',
  ]);
});

test('yield without its star is given one', () => {
  reports('addStar', [
    ['function* f() { yield sleep(5); }', 'function* f() { yield* sleep(5); }'],
    ['function* f() { yield(sleep(5)); }', 'function* f() { yield*(sleep(5)); }'],
    ['function* f() { const a = yield all(jobs); }', 'function* f() { const a = yield* all(jobs); }'],
    ['function* f() { return yield g.sleep(5); }', 'function* f() { return yield* g.sleep(5); }'],
    [
      'const queue = new Queue(); function* f() { h(yield queue.get()); }',
      'const queue = new Queue(); function* f() { h(yield* queue.get()); }',
    ],
    [
      'const gr = greenlet(h); function* f() { yield gr.switch(1); }',
      'const gr = greenlet(h); function* f() { yield* gr.switch(1); }',
    ],
  ]);
});

test('yield without its star is reported for a call that acts at once and can be waited for', () => {
  reports('addStar', [
    ['function* f() { yield killall(jobs); }', 'function* f() { yield* killall(jobs); }'],
    [
      'const job = spawn(h); function* f() { yield job.kill(); }',
      'const job = spawn(h); function* f() { yield* job.kill(); }',
    ],
  ]);
});

test('yield of a value that may not be an operation is reported but not fixed', () => {
  reports('addStar', [
    ['function* f() { yield a && sleep(5); }', null],
    ['function* f() { yield a ? sleep(5) : 0; }', null],
    ['function* f() { yield g?.sleep(5); }', null],
  ]);
});

test('a statement in an async function or at the top level is given its await', () => {
  reports('writeAwait', [
    ['sleep(5);', 'await sleep(5);'],
    ['{ for (const a of b) sleep(5); }', '{ for (const a of b) await sleep(5); }'],
    ['async function f() { sleep(5); }', 'async function f() { await sleep(5); }'],
    ['const f = async () => { sleep(5); };', 'const f = async () => { await sleep(5); };'],
    ['async function* f() { sleep(5); }', 'async function* f() { await sleep(5); }'],
    ['const job = spawn(h); job.join();', 'const job = spawn(h); await job.join();'],
    ['async function f() { new Queue().put(1); }', 'async function f() { await new Queue().put(1); }'],
    ['async () => { a && sleep(5); };', 'async () => { a && await sleep(5); };'],
    ['let queue; queue = new Queue(); queue?.put(1);', 'let queue; queue = new Queue(); await queue?.put(1);'],
  ]);
});

test('a statement where nothing can wait is reported and left as it is', () => {
  reports('cannotWait', [
    ['function f() { sleep(5); }', null],
    ['const f = () => { sleep(5); };', null],
    ['const f = () => void 0, h = (a = (sleep(5), 1)) => a;', null],
    ['function* f(a = (sleep(5), 1)) {}', null],
    ['async function f(a = (sleep(5), 1)) {}', null],
    ['class A { constructor() { sleep(5); } }', null],
    ['class A { static { sleep(5); } }', null],
    ['function* f() { class A { a = (sleep(5), 1); } }', null],
  ]);
});

test('the innermost function decides', () => {
  reports('cannotWait', [['function* f() { items.forEach((item) => { sleep(item); }); }', null]]);
  reports('writeAwait', [
    [
      'function* f() { return async () => { sleep(5); }; }',
      'function* f() { return async () => { await sleep(5); }; }',
    ],
  ]);
  reports('writeYieldStar', [
    ['async () => spawn(function* () { sleep(5); });', 'async () => spawn(function* () { yield* sleep(5); });'],
    ['function* f() { class A { [(sleep(5), h)]() {} } }', 'function* f() { class A { [(yield* sleep(5), h)]() {} } }'],
  ]);
});

test('an operation in an expression whose value is dropped is found', () => {
  reports('writeYieldStar', [
    ['function* f() { a && sleep(5); }', 'function* f() { a && (yield* sleep(5)); }'],
    ['function* f() { a ?? (sleep(5)); }', 'function* f() { a ?? (yield* sleep(5)); }'],
    ['function* f() { a || b && sleep(5); }', 'function* f() { a || b && (yield* sleep(5)); }'],
    ['function* f() { a ? sleep(5) : h(); }', 'function* f() { a ? yield* sleep(5) : h(); }'],
    ['function* f() { a ? h() : b && sleep(5); }', 'function* f() { a ? h() : b && (yield* sleep(5)); }'],
    ['function* f() { sleep(5), h(); }', 'function* f() { yield* sleep(5), h(); }'],
    ['function* f() { h(), sleep(5); }', 'function* f() { h(), yield* sleep(5); }'],
    ['function* f() { return sleep(5), 1; }', 'function* f() { return yield* sleep(5), 1; }'],
    ['function* f() { for (sleep(5); a; ) h(); }', 'function* f() { for (yield* sleep(5); a; ) h(); }'],
    ['function* f() { for (;; sleep(5)) h(); }', 'function* f() { for (;; yield* sleep(5)) h(); }'],
  ]);
});

test('an optional call in a generator function is reported and left as it is', () => {
  reports('writeYieldStar', [
    ['function* f() { g?.sleep(5); }', null],
    ['function* f() { sleep?.(5); }', null],
    ['const queue = new Queue(); function* f() { queue?.put(1); }', null],
  ]);
});

test('an operation that is run is accepted', () => {
  accepts([
    'function* f() { yield* sleep(5); const a = yield* all(jobs); }',
    'function* f() { a && (yield* sleep(5)); }',
    'await sleep(5); await (a ? sleep(5) : sleep(6));',
    'async function f() { await g.sleep(5); for await (const a of b) await a; }',
    'async function* f() { yield sleep(5); }',
  ]);
});

test('an operation that is used is accepted', () => {
  accepts([
    'function* f() { const op = sleep(5); op2 = sleep(6); h(op); }',
    'function* f() { return sleep(5); }',
    'const f = () => sleep(5); const h = () => a && sleep(5);',
    'function* f() { withTimeout; yield* withTimeout(5, sleep(6)); h([sleep(5)], { a: sleep(6) }); }',
    'function* f() { void sleep(5); }',
    'sleep(5).then(h);',
    'function* f() { if (sleep(5)) h(); sleep(5) && h(); sleep(5) ? h() : i(); }',
    'class A { op = sleep(5); }',
    'export default sleep(5);',
  ]);
});

test('a call that acts at once is accepted', () => {
  accepts([
    'function* f() { spawn(h); g.spawnLater(5, h); killall(jobs); iwait(jobs); }',
    'const job = spawn(h); function* f() { job.kill(); job.link(h); job.start(); job.toString(); }',
    'const queue = new Queue(); function* f() { queue.putNowait(1); queue.shutdown(); }',
    'const lock = new Lock(); const event = new Event(); function* f() { lock.release(); event.set(); }',
    'const group = new Group(); function* f() { group.spawn(h); group.kill(); group.add(job); }',
    'function* f() { g.toString(); g.constructor(); }',
  ]);
});

test('switch() acts at once outside of greenlets, and is an operation in them', () => {
  accepts(['const gr = greenlet(h); gr.switch(); gr.throw();', 'function f() { greenlet(h).switch(); }']);
  reports('writeYieldStar', [
    [
      'const gr = greenlet(h); function* f() { gr.switch(); }',
      'const gr = greenlet(h); function* f() { yield* gr.switch(); }',
    ],
    [
      'const main = getcurrent(); function* f() { main.throw(); }',
      'const main = getcurrent(); function* f() { yield* main.throw(); }',
    ],
  ]);
});

test('names that are not of greenhub are left alone', () => {
  accepts([
    'function* f(sleep) { sleep(5); }',
    'function* f() { const sleep = h; sleep(5); }',
    'function* f() { h.sleep(5); sleep.sleep(5); g[sleep](5); g.h.sleep(5); }',
    "import { wait } from 'elsewhere'; import * as e from 'elsewhere'; function* f() { wait(); e.sleep(5); }",
    "import { Barrier } from 'elsewhere'; const b = new Barrier(); function* f() { b.wait(); }",
    "import other from 'greenhub'; function* f() { other(5); other.sleep(5); }",
    'class A { #put() {} *f() { this.#put(); } }',
  ]);
  tester({}).run('require-yield-star', greenhub.rules['require-yield-star'], {
    valid: ["import { sleep } from 'elsewhere'; function* f() { sleep(5); }", 'function* f() { sleep(5); }'],
    invalid: [],
  });
});

test('an operation is found in TypeScript, through casts and assertions', () => {
  reports(
    'writeYieldStar',
    [
      ['function* f(): Coroutine<void> { sleep(5); }', 'function* f(): Coroutine<void> { yield* sleep(5); }'],
      ['function* f() { sleep(5) as unknown; }', 'function* f() { yield* sleep(5) as unknown; }'],
      ['function* f() { sleep(5)!; }', 'function* f() { yield* sleep(5)!; }'],
      ['function* f() { <unknown>sleep(5); }', 'function* f() { yield* <unknown>sleep(5); }'],
      ['function* f() { a && (sleep(5) satisfies A); }', 'function* f() { a && (yield* sleep(5) satisfies A); }'],
      ['function* f() { (a && sleep(5)) as unknown; }', 'function* f() { (a && (yield* sleep(5))) as unknown; }'],
      ['function* f() { (sleep as A)(5); }', 'function* f() { yield* (sleep as A)(5); }'],
      ['function* f() { g!.sleep(5); }', 'function* f() { yield* g!.sleep(5); }'],
      [
        'const queue: Queue<A> = new Queue<A>() as Queue<A>; function* f() { queue!.put(a); }',
        'const queue: Queue<A> = new Queue<A>() as Queue<A>; function* f() { yield* queue!.put(a); }',
      ],
      [
        'function* f() { using lock = new Lock(); (lock as Lock).hold(); }',
        'function* f() { using lock = new Lock(); yield* (lock as Lock).hold(); }',
      ],
    ],
    typescript,
  );
  reports('writeYieldStar', [['function* f() { (g?.sleep(5))!; }', null]], typescript);
  reports('addStar', [['function* f() { yield sleep(5)!; }', 'function* f() { yield* sleep(5)!; }']], typescript);
  reports('writeAwait', [['sleep(5) as unknown;', 'await sleep(5) as unknown;']], typescript);
  reports(
    'cannotWait',
    [
      ['namespace A { sleep(5); }', null],
      ['class A { constructor(private a = (sleep(5), 1)) {} }', null],
    ],
    typescript,
  );
});

test('an operation that is run or used is accepted in TypeScript too', () => {
  accepts(
    [
      'function* f() { yield* sleep(5) as Operation<void>; (yield* sleep(5))!; }',
      'export const op = sleep(5) as unknown; const f = () => sleep(5)!;',
      "import type { Event as E } from 'greenhub'; function* f(e: E) { e.set(); }",
    ],
    typescript,
  );
});

test('every mistake of a file is reported', () => {
  tester({}).run('require-yield-star', greenhub.rules['require-yield-star'], {
    valid: [],
    invalid: [
      {
        code: `${imports}function* f() { a ? sleep(1) : sleep(2); sleep(3), sleep(4); }`,
        output: `${imports}function* f() { a ? yield* sleep(1) : yield* sleep(2); yield* sleep(3), yield* sleep(4); }`,
        errors: 4,
      },
    ],
  });
});

test('the recommended configuration enables the plugin, whose messages say what to write', async () => {
  const eslint = new ESLint({ overrideConfigFile: true, overrideConfig: [greenhub.configs.recommended] });

  const results = await eslint.lintText(`import { Queue, sleep, spawn } from 'greenhub';

const queue = new Queue(1);
const producer = spawn(function* () {
  queue.put('a');
  yield sleep(5);
});
producer.join();
[1].forEach(() => {
  sleep(5);
});
`);

  const messages = results.flatMap((result) => result.messages);
  assert.equal(
    messages.map(({ line, ruleId, severity, message }) => ({ line, ruleId, severity, message })),
    [
      [
        5,
        "queue.put(…) makes an operation that is never run, so it does nothing. In a generator function, write 'yield* queue.put(…)'.",
      ],
      [6, "'yield' without a star does not run the operation that sleep(…) makes. Write 'yield* sleep(…)'."],
      [
        8,
        "producer.join() makes an operation that is never run, so it does nothing. Outside greenlets, write 'await producer.join()'.",
      ],
      [
        10,
        "sleep(…) makes an operation that is never run, so it does nothing. You cannot wait here: write 'yield* sleep(…)' in a function*, or 'await sleep(…)' in an async function.",
      ],
    ].map(([line, message]) => ({ line, ruleId: 'greenhub/require-yield-star', severity: 2, message })),
  );
});

test.run();
