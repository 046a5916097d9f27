/** The three hunts of docs/hunts.md: each command of the page, against the program that it is for, prints what the page says. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import { CommandFolder } from '../support/command.ts';
import { type Ended, endOf } from '../support/ending.ts';
import { run } from './program.ts';

const test = suite('the hunts of docs/hunts.md');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());

/** In milliseconds. A busy machine needs long for so many processes. */
const LIMIT = 300_000;

const page = readFileSync(join(root, 'docs/hunts.md'), 'utf8');

/** What the page says that a command prints. */
function documented(command: string): string {
  const blocks = [...page.matchAll(/^```text\n\$ (?<typed>.*)\n(?<printed>[\s\S]*?)^```$/gm)];
  const found = blocks.find(({ groups }) => groups?.typed === command);
  assert.ok(found, `docs/hunts.md has no "${command}"`);
  return found.groups?.printed ?? '';
}

/** Without what differs from run to run: the number of the process, the folder and, as compilers differ, columns. */
function comparable(text: string): string {
  return text
    .replaceAll(/(?:file:\/\/)?\/[^\s()]*\/(?=examples\/|trace\.json)/g, '')
    .replaceAll(/(\.ts:\d+):\d+/g, '$1')
    .replaceAll(/process \d+/g, 'process N');
}

/** Without any number, and with single spaces. */
function shape(text: string): string {
  return comparable(text)
    .replaceAll(/\d+(?:[.,]\d+)*/g, 'N')
    .replaceAll(/ +/g, ' ')
    .replaceAll(/^ /gm, '');
}

function firstLine(text: string): string {
  return text.slice(0, text.indexOf('\n') + 1);
}

/** A program while it is hunted. */
interface Hunted {
  pid: string;
  /** Settles when its output or its errors match. Returns the text so far. */
  until(stream: 'stdout' | 'stderr', says: RegExp): Promise<string>;
}

/** Starts a program as the page does, calls `look` while it runs, and ends it as Ctrl-C does. */
async function hunt(
  [file, ...args]: [string, ...string[]],
  look: (hunted: Hunted) => Promise<void>,
  options: { flags?: string[]; env?: Record<string, string> } = {},
): Promise<Ended> {
  const program = join(root, 'examples', file);
  const child = folder.start(['run', ...(options.flags ?? []), program, ...args], options.env);
  const ended = endOf(child, () => {}, LIMIT);
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.on('data', (text: string) => {
      texts[name] += text;
    });
  }
  const until: Hunted['until'] = async (stream, says) => {
    while (!says.test(texts[stream])) {
      const isOver = await Promise.race([
        ended.then(() => true),
        once(child[stream] as Readable, 'data').then(() => false),
      ]);
      if (isOver) assert.match(texts[stream], says);
    }
    return texts[stream];
  };
  try {
    await look({ pid: String(child.pid), until });
  } finally {
    child.kill('SIGINT');
    await ended;
  }
  return ended;
}

/** The output of a command of the page. The page has 4711 where the program has another number. */
async function typed(args: string[]): Promise<string> {
  const { code, stdout, stderr } = await folder.greenhub(args);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  return stdout;
}

/** Looks until what is looked for is there. The limit of the program is also the limit of this. */
async function typedUntil(args: string[], says: RegExp): Promise<string> {
  for (;;) {
    const printed = await typed(args);
    if (says.test(printed)) return printed;
  }
}

test('the deadlock is a warning, and the stacks lead to its line', async () => {
  const stack = comparable(documented('npx greenhub stack 4711'));
  const { code } = await hunt(['hunt-deadlock.ts'], async ({ pid, until }) => {
    const line = firstLine(documented('npx greenhub run examples/hunt-deadlock.ts'));
    assert.is(firstLine(await until('stdout', /\n/)), line);

    assert.is(shape(await typed(['ps'])), shape(documented('npx greenhub ps')));
    assert.is(comparable(await typed(['stack', pid])), stack);
    process.kill(Number(pid), 'SIGQUIT');
    assert.is(comparable(await until('stderr', /wait for each other\n/)), stack);
  });

  assert.is(code, 130);
  assert.match(page.slice(page.indexOf('yield* to.lock.hold()')), /^.*\/\/ line 37\n/);
});

test('without the deadlock, all orders are done', async () => {
  const { code, stdout } = await run('hunt-deadlock', '--mended');
  assert.is(stdout, documented('npx greenhub run examples/hunt-deadlock.ts --mended'));
  assert.is(code, 0);
});

test('the leak is what most greenlets wait for, then a warning, and has a place of birth', async () => {
  await hunt(['hunt-leak.ts'], async ({ pid, until }) => {
    await until('stdout', /\n/);
    const tail = documented('npx greenhub tree 4711 | tail -n 1');
    const tree = await typedUntil(['tree', pid], /\nwarnings:\n/);
    assert.is(shape(tree.slice(tree.indexOf('warnings:\n') + 'warnings:\n'.length)), shape(tail));

    const top = await typed(['top', pid, '--limit', '3']);
    const [, places = '', , head = ''] = top.split('\n');
    const [, knownPlaces = '', , knownHead = ''] = documented('npx greenhub top 4711 --limit 3 | cat').split('\n');
    assert.is(shape(places).split(', ')[0], shape(knownPlaces).split(', ')[0]);
    assert.is(shape(head), shape(knownHead));
  });

  const debugging = { env: { GREENHUB_DEBUG: '1' } };
  await hunt(
    ['hunt-leak.ts'],
    async ({ pid, until }) => {
      const line = firstLine(documented('GREENHUB_DEBUG=1 npx greenhub run examples/hunt-leak.ts'));
      assert.is(shape(firstLine(await until('stdout', /\n/))), shape(line));
      await typedUntil(['tree', pid], / #1000 confirm-1000: waits /);

      const stack = comparable(documented('npx greenhub stack 4711 1000'));
      assert.is(comparable(await typed(['stack', pid, '1000'])), stack);
    },
    debugging,
  );
});

test('without the leak, the greenlets stay as many as they are', async () => {
  await hunt(['hunt-leak.ts', '--mended'], async ({ pid, until }) => {
    const line = firstLine(documented('npx greenhub run examples/hunt-leak.ts --mended'));
    assert.is(shape(firstLine(await until('stdout', /\n/))), shape(line));
    // By then, the queue is full.
    await until('stdout', /^(?:1[3-9]\d|[2-9]\d\d|\d{4,}) orders/m);
    const tree = await typed(['tree', pid]);

    assert.match(tree, /^greenhub, process \d+: 25 greenlets, .*\n/);
    assert.match(tree, /"outbox": size 100 of 100; buy-\d+/);
    assert.not.match(tree, 'warnings:');
  });
});

test('the function that blocks is named, and its slice in a trace is long', async () => {
  const flags = ['--blocking', '100'];
  await hunt(
    ['hunt-blocking.ts'],
    async ({ pid, until }) => {
      const [line = ''] = documented('npx greenhub run --blocking 100 examples/hunt-blocking.ts').split('\n');
      assert.match(line, BLOCKED);
      await until('stderr', BLOCKED);
      await until('stdout', /^\/health took \d+ ms$/m);

      let longest = 0;
      while (longest <= 100) {
        const written = await typed(['trace', pid, '--seconds', '3', '-o', 'trace.json']);
        assert.is(shape(written), shape(documented('npx greenhub trace 4711 --seconds 3 -o trace.json')));
        longest = longestAnswer();
      }
    },
    { flags },
  );
});

test('in another thread, it blocks nobody', async () => {
  const flags = ['--blocking', '100'];
  const { stderr } = await hunt(
    ['hunt-blocking.ts', '--mended'],
    async ({ until }) => {
      const printed = documented('npx greenhub run --blocking 100 examples/hunt-blocking.ts --mended');
      await until('stdout', /compared\n(?:.*\n)*compared\n/);
      assert.is(printed, 'compared\ncompared\n');
    },
    { flags },
  );

  assert.not.match(stderr, 'distance');
});

/** A slow machine, or a compiler, may be at another line of the loop. */
const BLOCKED =
  /^greenhub: answer-\d+ has blocked the event loop for \d+ ms: distance \(.*\/hunt-blocking\.ts:\d+:\d+\)$/m;

/** The longest run of a greenlet that answers, in milliseconds, in the trace that was written last. */
function longestAnswer(): number {
  const { traceEvents } = JSON.parse(readFileSync(join(folder.path, 'trace.json'), 'utf8')) as {
    traceEvents: { ph: string; name: string; dur?: number }[];
  };
  const runs = traceEvents.filter(({ ph, name }) => ph === 'X' && /^answer-\d+$/.test(name));
  return Math.max(0, ...runs.map(({ dur = 0 }) => dur / 1_000));
}

test.run();
