import { type ChildProcess, spawn as spawnChild } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import * as assert from 'uvu/assert';
import { shield, sleep, spawn, Timeout, withTimeout } from '../../lib/index.ts';
import type { OutputTimeout } from '../../lib/monkey/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';
import { patching } from '../support/patched.ts';

const all = suite('child-process-communicate');
const test = patching(all);

const DONE = { code: 0, signal: null };

test('communicate() gives the input, and gives the output and the end', async () => {
  const gr = spawn(function* () {
    return [
      yield* spawnChild('cat').communicate('text'),
      yield* spawnChild('cat').communicate(Buffer.from([0, 255]), { encoding: 'hex' }),
      yield* spawnChild('sh', ['-c', 'cat >&2; exit 3']).communicate('né', { encoding: 'utf8' }),
      yield* spawnChild('cat').communicate(),
    ];
  });

  assert.equal(await gr, [
    { stdout: Buffer.from('text'), stderr: Buffer.alloc(0), ...DONE },
    { stdout: '00ff', stderr: '', ...DONE },
    { stdout: '', stderr: 'né', code: 3, signal: null },
    { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0), ...DONE },
  ]);
});

test('more data than the pipes hold passes in both directions', async () => {
  const input = Buffer.alloc(1_000_000, 'abcdefg');

  const { stdout } = await spawn(() => spawnChild('cat').communicate(input));

  assert.ok(stdout.equals(input));
});

test('a child that does not read its input is no error', async () => {
  const { code } = await spawn(() => spawnChild('true').communicate(Buffer.alloc(1_000_000)));

  assert.is(code, 0);
});

test('a character that comes in pieces is put together', async () => {
  const { stdout } = await spawn(() =>
    spawnChild('sh', ['-c', "printf '\\303'; sleep 0.05; printf '\\251'"]).communicate(undefined, { encoding: 'utf8' }),
  );

  assert.is(stdout, 'é');
});

test('the text of a stream with an encoding is not decoded again', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('cat');
    child.stdout.setEncoding('latin1');
    return yield* child.communicate(Buffer.from([233]), { encoding: 'latin1' });
  });

  assert.is((await gr).stdout, 'é');
});

test('a stream that is not a pipe gives no output', async () => {
  const { stdout, stderr } = await spawn(() => spawnChild('echo', ['text'], { stdio: 'ignore' }).communicate());

  assert.equal([stdout.length, stderr.length], [0, 0]);
});

test('a Timeout contains the output so far, and a second call gives all output', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('sh', ['-c', 'echo one; cat; echo two']);
    // Another process holds the input open.
    child.stdin.end = (() => child.stdin) as typeof child.stdin.end;
    const partials: string[] = [];
    while (partials.at(-1) !== 'one\n') {
      const { error } = yield* outcomeOf(child.communicate(undefined, { encoding: 'utf8', timeout: 5 }));
      assert.instance(error, Timeout);
      partials.push((error as OutputTimeout).partial.stdout);
    }
    child.stdin.destroy();
    return yield* child.communicate(undefined, { encoding: 'utf8' });
  });

  assert.equal(await gr, { stdout: 'one\ntwo\n', stderr: '', ...DONE });
});

test('the Timeout of a withTimeout around it contains the output so far, in the same form', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('sh', ['-c', 'cat; exec sleep 1000']);
    const { error } = yield* outcomeOf(withTimeout(20, child.communicate('text', { encoding: 'utf8' })));
    child.kill();
    yield* child.wait();
    return error as OutputTimeout;
  });

  const { partial } = await gr;

  assert.type(partial.stdout, 'string');
  assert.is('text'.startsWith(partial.stdout), true);
});

test('timeout: 0 polls, and begins', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('cat');
    const polls: unknown[] = [];
    const first = yield* outcomeOf(child.communicate('text', { timeout: 0 }));
    polls.push(first.error instanceof Timeout);
    yield* child.wait();
    for (;;) {
      const { value } = yield* outcomeOf(child.communicate(undefined, { encoding: 'utf8', timeout: 0 }));
      if (value !== undefined) return [...polls, value.stdout];
      yield* sleep(1);
    }
  });

  assert.equal(await gr, [true, 'text']);
});

test('output of an ended child of a greenlet is kept for a later communicate()', async () => {
  const gr = spawn(function* () {
    const child = spawnChild('sh', ['-c', 'echo late; echo error >&2; exit 4']);
    yield* child.wait();
    yield* sleep(20);
    return [
      yield* child.communicate(undefined, { encoding: 'utf8' }),
      yield* child.communicate(undefined, { encoding: 'utf8' }),
    ];
  });

  const late = { stdout: 'late\n', stderr: 'error\n', code: 4, signal: null };
  assert.equal(await gr, [late, late]);
});

test('a greenlet that is killed can have the last words of its child', async () => {
  const seen: ChildProcess[] = [];
  const words: string[] = [];
  const gr = spawn(function* () {
    const child = spawnChild('sh', ['-c', "trap 'echo bye; exit' TERM; echo part; while :; do sleep 0.01; done"]);
    seen.push(child);
    try {
      yield* sleep(100_000);
    } finally {
      const { stdout } = yield* shield(() => child.communicate(undefined, { encoding: 'utf8' }));
      words.push(stdout);
    }
  });
  await sleep(0);
  const stdout = (seen[0] as ChildProcess).stdout as Readable;
  while (stdout.readableLength === 0) await once(stdout, 'readable');

  await gr.kill();

  assert.equal(words, ['part\nbye\n']);
});

test('two greenlets may wait for the same output', async () => {
  const child = spawnChild('cat');
  const first = spawn(() => child.communicate('text', { encoding: 'utf8' }));
  await sleep(0);
  const second = spawn(() => child.communicate());

  assert.is((await first).stdout, 'text');
  assert.is((await second).stdout.toString(), 'text');
});

test('input that cannot be given is an error, and nothing is left behind', async () => {
  const without = spawnChild('sleep', ['1000'], { stdio: ['ignore', 'pipe', 'pipe'] });
  const before = without.listenerCount('exit');

  assert.match(((await failureOf(without.communicate('text'))) as Error).message, /takes no input/);
  assert.is(without.listenerCount('exit'), before);
  assert.instance(await failureOf(without.communicate(undefined, { timeout: 1 })), Timeout);
  without.kill('SIGKILL');
  await without.wait();

  const child = spawnChild('cat');
  const first = child.communicate('text').then(({ stdout }) => stdout.toString());
  await sleep(0);
  assert.match(((await failureOf(child.communicate('more'))) as Error).message, /already has its input/);
  assert.is(await first, 'text');
});

test('wrong arguments are refused at the call', () => {
  const child = spawnChild('true');
  assert.throws(() => child.communicate(5 as never), /a string or bytes/);
  assert.throws(
    () => child.communicate('', { encoding: 'klingon' as BufferEncoding }),
    /takes an encoding such as utf8, not klingon/,
  );
  assert.throws(() => child.communicate('', { timeout: -1 }), RangeError);
  assert.throws(() => child.wait({ timeout: Number.NaN }), RangeError);
});

all.run();
