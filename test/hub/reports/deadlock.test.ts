import * as assert from 'uvu/assert';
import { Event, LoopExit } from '../../../lib/index.ts';
import { runProgram } from '../../support/child.ts';
import { failureOf } from '../../support/failure.ts';
import { suite } from '../../support/harness.ts';

const test = suite('deadlock');

test('waiting main code gets LoopExit when nothing can ever wake it', async () => {
  const ended = await runProgram(`
    const error = await new Event().wait().then(null, (error) => error);
    console.log(error instanceof LoopExit, error instanceof Error);
  `);

  assert.is(ended.stdout, 'true true\n');
  assert.is(ended.code, 0);
});

test('its message lists each blocked greenlet and what it waits for', async () => {
  const ended = await runProgram(`
    const event = new Event(), queue = new Queue(), lock = new Lock();
    await lock.acquire();
    spawn(function* () { yield* event.wait(); }).name = 'one';
    spawn(function* () { yield* queue.get(); }).name = 'two';
    spawn(function* () { yield* lock.acquire(); }).name = 'three';
    spawn(function* () { yield* until(new Promise(() => {})); }).name = 'four';
    const sleeper = spawn(function* () { yield* sleep(Infinity); });
    sleeper.name = 'five';
    await sleeper.join().then(null, (error) => console.log(error.message));
  `);

  for (const name of ['one', 'two', 'three', 'four', 'five', 'main']) assert.match(ended.stdout, name);
  for (const what of ['Event', 'Queue', 'Lock', 'promise', 'sleep\\(Infinity\\)']) {
    assert.match(ended.stdout, new RegExp(what));
  }
  assert.not.match(ended.stdout, 'cycle');
});

test('its message says which greenlet was created and not started', async () => {
  const ended = await runProgram(`
    const forgotten = new Greenlet(function* () {});
    forgotten.name = 'forgotten';
    await forgotten.then(null, (error) => console.log(error.message));
    await forgotten.join().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, 'main waits for the value of forgotten, which has not started\n');
  assert.match(ended.stdout, 'main waits for the end of forgotten, which has not started\n');
});

test('its message walks the cycle if there is one', async () => {
  const ended = await runProgram(`
    const a = spawn(function* () { yield* b.join(); });
    const b = spawn(function* () { yield* c; });
    const c = spawn(function* () { yield* joinall([a]); });
    const outside = spawn(function* () { yield* new Event().wait(); });
    a.name = 'aa'; b.name = 'bb'; c.name = 'cc'; outside.name = 'oo';
    await a.join().then(null, (error) => console.log(error.message));
  `);

  const [, cycle = ''] = ended.stdout.split('cycle');
  assert.match(cycle, /aa|bb|cc/);
  for (const name of ['aa', 'bb', 'cc']) assert.match(cycle, name);
  assert.not.match(cycle, 'oo');
});

test('a greenlet that waits for itself is a cycle', async () => {
  const ended = await runProgram(`
    const gr = spawn(function* () { yield* getcurrent().join(); });
    gr.name = 'narcissus';
    await gr.join().then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /cycle.*narcissus/s);
});

test('two locks taken in opposite orders are a cycle', async () => {
  const ended = await runProgram(`
    const first = new Lock(), second = new Lock();
    const take = function* (one, other) { yield* one.acquire(); yield* sleep(1); yield* other.acquire(); };
    const a = spawn(take, first, second), b = spawn(take, second, first);
    a.name = 'aa'; b.name = 'bb';
    await joinall([a, b]).then(null, (error) => console.log(error.message));
  `);

  assert.match(ended.stdout, /cycle.*aa.*bb|cycle.*bb.*aa/s);
});

test('LoopExit withdraws main’s wait, so that it takes nothing later', async () => {
  const ended = await runProgram(`
    const queue = new Queue();
    await queue.get().then(null, (error) => console.log(error.name));
    queue.putNowait('item');
    console.log(queue.qsize(), await queue.get());
  `);

  assert.is(ended.stdout, 'LoopExit\n1 item\n');
});

test('every wait of main gets a LoopExit', async () => {
  const ended = await runProgram(`
    const wait = () => new Event().wait().then(null, (error) => error.name);
    console.log((await Promise.all([wait(), wait()])).join());
  `);

  assert.is(ended.stdout, 'LoopExit,LoopExit\n');
});

test('main may continue after a LoopExit, and deadlock again', async () => {
  const ended = await runProgram(`
    for (let round = 0; round < 3; round += 1) {
      await new Event().wait().then(null, (error) => console.log(error.name));
      await sleep(1);
    }
    console.log('done');
  `);

  assert.is(ended.stdout, 'LoopExit\nLoopExit\nLoopExit\ndone\n');
});

test('a LoopExit that main does not catch ends the process with an error', async () => {
  const ended = await runProgram('await new Event().wait();');

  assert.is(ended.code, 1);
  assert.match(ended.stderr, 'LoopExit');
});

test('run() rejects with the LoopExit of a main greenlet that is blocked forever', async () => {
  const ended = await runProgram('await run(function* main() { yield* new Event().wait(); });');

  assert.is(ended.code, 1);
  assert.match(ended.stderr, 'LoopExit');
});

test('a timer, and anything else that keeps the event loop alive, is no deadlock', async () => {
  const ended = await runProgram(`
    const event = new Event();
    setTimeout(() => event.set(), 50);
    console.log(await event.wait());
    const gr = spawn(function* () { yield* sleep(30); return 'slept'; });
    console.log(await gr);
    const { createServer, connect } = await import('node:net');
    const heard = new Event();
    const server = createServer((socket) => { socket.end(); heard.set(); }).listen(0, () => connect(server.address().port));
    console.log(await heard.wait());
    server.close();
  `);

  assert.is(ended.stdout, 'true\nslept\ntrue\n', ended.stderr);
});

test('greenlets that are blocked forever are not an error if main does not wait', async () => {
  const ended = await runProgram(`
    const queue = new Queue();
    spawn(function* consumer() { for (;;) yield* queue.get(); });
    await sleep(1);
    console.log('main ended');
  `);

  assert.equal(ended, { code: 0, signal: null, stdout: 'main ended\n', stderr: '' });
});

test('a cycle is reported once even if main does not wait, and sets exit code 1', async () => {
  const ended = await runProgram(`
    const a = spawn(function* () { yield* b.join(); });
    const b = spawn(function* () { yield* a.join(); });
    a.name = 'aa'; b.name = 'bb';
    let rounds = 0;
    process.on('beforeExit', () => { if (rounds++ < 3) setTimeout(() => {}, 1); });
    process.on('exit', () => console.log(rounds));
  `);

  assert.is(ended.code, 1);
  assert.is(ended.stdout, '4\n');
  assert.match(ended.stderr, /LoopExit: nothing can wake .*cycle: (?:aa|bb) waits for/s);
  assert.is(ended.stderr.split('LoopExit').length - 1, 1);
});

test('the greenlets of a deadlock are listed up to a bound, and counted beyond', async () => {
  const ended = await runProgram(`
    const event = new Event();
    for (let count = 0; count < 5_000; count += 1) spawn(() => event.wait());
    await event.wait().then(null, (error) => console.log(error.message));
  `);

  assert.ok(ended.stdout.length < 100_000);
  assert.match(ended.stdout, /\d+ more/);
});

test('wait() without a list ends when no one can be woken any more', async () => {
  const ended = await runProgram(`
    spawn(function* () { yield* new Event().wait(); });
    console.log(await wait());
  `);

  assert.is(ended.stdout, 'true\n');
});

test('listeners of beforeExit are called only after main has gone on, wherever they were added', async () => {
  const listening = "process.on('beforeExit', () => console.log('beforeExit'));";
  const ended = await runProgram(`
    ${listening}
    await new Event().wait().catch((error) => console.log(error.name));
    ${listening}
    await new Event().wait().catch((error) => console.log(error.name));
    spawn(function* () { yield* new Event().wait(); });
    await wait();
    console.log('end');
  `);

  assert.equal(ended, {
    code: 0,
    signal: null,
    stdout: 'LoopExit\nLoopExit\nend\nbeforeExit\nbeforeExit\n',
    stderr: '',
  });
});

test('a host that reports the empty loop without emit() works too', async () => {
  const ended = await runProgram(`
    const { emit } = process;
    process.emit = (...args) => EventEmitter.prototype.emit.apply(process, args);
    const { EventEmitter } = await import('node:events');
    await new Event().wait().catch((error) => console.log(error.name));
    process.emit = emit;
  `);

  assert.is(ended.stdout, 'LoopExit\n');
});

test('a test runner that ends its tests when nothing is left reports LoopExit, and continues', async () => {
  const ended = await runProgram(`
    import { test } from 'node:test';
    test('blocked', async () => { await new Event().wait(); });
    test('cyclic', async () => { const job = spawn(function* () { yield* getcurrent().join(); }); await job; });
    test('next', async () => { await sleep(1); });
  `);

  assert.match(ended.stdout, 'LoopExit');
  assert.not.match(ended.stdout, /still pending|cancelled [1-9]/);
  for (const sum of [/pass 1/, /fail 2/]) assert.match(ended.stdout, sum);
});

test('a shared event that is set later is no deadlock, in this very process', async () => {
  const event = new Event();
  setTimeout(() => event.set(), 5);

  assert.is(await event.wait(), true);
  assert.instance(new LoopExit('x'), Error);
  assert.instance(await failureOf(Promise.reject(new LoopExit('x'))), LoopExit);
});

test.run();
