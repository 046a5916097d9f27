import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import fsPromises, { type FileHandle, open as namedOpen } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { AsyncResult, forEach, type Greenlet, GreenletExit, sleep, spawn } from '../../lib/index.ts';
import { patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import { failureOf } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { patching } from '../support/patched.ts';

const all = suite('fs-promises');

type FolderTest = (name: string, body: (folder: string) => Promise<void>) => void;

/** A test with its own folder. It fails if the garbage collector must close a file. */
const test: FolderTest = (name, body) =>
  patching(all)(name, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'greenhub-fs-'));
    const warnings: string[] = [];
    const note = ({ message }: Error): void => void warnings.push(message);
    process.on('warning', note);
    try {
      await body(folder);
      assert.equal(warnings, []);
    } finally {
      process.off('warning', note);
      rmSync(folder, { recursive: true });
    }
  });

type Failure = NodeJS.ErrnoException;

/** The files of a folder that this process has open, if the system can tell. */
function openIn(folder: string): string[] {
  return readdirSync('/proc/self/fd')
    .map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        return '';
      }
    })
    .filter((path) => path.startsWith(folder));
}

/** Waits until no file is open. */
async function allClosed(folder: string): Promise<void> {
  for (let turns = 0; turns < 10_000 && openIn(folder).length > 0; turns += 1) await turn();
  assert.equal(openIn(folder), []);
}

test('a file that a greenlet opens is closed by using', async (folder) => {
  const path = join(folder, 'file');
  writeFileSync(path, 'text');
  const gr = spawn(function* () {
    using handle = yield* fsPromises.open(path);
    assert.is(openIn(folder).length, 1);
    return yield* handle.readFile('utf8');
  });

  assert.is(await gr, 'text');
  await allClosed(folder);
});

test('a file that is closed already may be closed by using as well', async (folder) => {
  const path = join(folder, 'file');
  const gr = spawn(function* () {
    using handle = yield* namedOpen(path, 'w');
    yield* handle.write('text');
    yield* handle.close();
  });

  await gr;

  assert.is(readFileSync(path, 'utf8'), 'text');
});

for (let steps = 0; steps < 8; steps += 1) {
  test(`a kill ${steps} microtasks after a file has been opened leaves none open`, async (folder) => {
    const path = join(folder, 'file');
    writeFileSync(path, 'text');
    unpatchAll();
    const original = fsPromises.open;
    let kill = (): unknown => assert.unreachable();
    const killLater = async (): Promise<void> => {
      for (let step = 0; step < steps; step += 1) await null;
      kill();
    };
    // The patch finds this function when it is installed.
    fsPromises.open = async (...args) => {
      const handle = await original(...args);
      void killLater();
      return handle;
    };
    patchAll();
    try {
      const received: FileHandle[] = [];
      const gr = spawn(function* () {
        received.push(yield* fsPromises.open(path));
        yield* sleep(100_000);
      });
      kill = () => gr.kill();

      await gr.join();

      for (const handle of received) await handle.close();
      await allClosed(folder);
    } finally {
      unpatchAll();
      fsPromises.open = original;
      patchAll();
    }
  });
}

test('a file that its killed greenlet was opening, and did not wait for, is closed', async (folder) => {
  const path = join(folder, 'file');
  const gr: Greenlet<unknown> = spawn(function* () {
    void fsPromises.open(path, 'w');
    // Before the file is open, which takes a turn of the event loop.
    gr.kill();
    yield* sleep(100_000);
  });
  await gr.join();
  while (!existsSync(path)) await turn();

  await allClosed(folder);
});

test('outside greenlets a file is Node’s own', async (folder) => {
  const opening = fsPromises.open(join(folder, 'file'), 'w');
  assert.is(Object.hasOwn(opening, Symbol.iterator), false);
  const handle = await opening;

  assert.is(Symbol.dispose in handle, false);
  await handle.close();
});

test('an error of open() is raised in the greenlet', async (folder) => {
  const error = (await failureOf(spawn(() => fsPromises.open(join(folder, 'none'))))) as Failure;

  assert.equal([error.code, error.syscall], ['ENOENT', 'open']);
});

test('readFile, writeFile and appendFile take encodings, options and nothing', async (folder) => {
  const path = join(folder, 'file');
  const gr = spawn(function* () {
    yield* fsPromises.writeFile(path, 'one');
    yield* fsPromises.writeFile(path, 'né', 'latin1');
    yield* fsPromises.appendFile(path, '!', { encoding: 'utf8' });
    yield* fsPromises.appendFile(path, '?', null);
    return [
      yield* fsPromises.readFile(path),
      yield* fsPromises.readFile(path, 'latin1'),
      yield* fsPromises.readFile(path, { encoding: 'latin1' }),
      yield* fsPromises.readFile(path, null),
    ];
  });

  const bytes = Buffer.from('né!?', 'latin1');
  assert.equal(await gr, [bytes, 'né!?', 'né!?', bytes]);
});

test('options count that come from a class', async (folder) => {
  class Options {
    readonly #encoding = 'latin1' as const;
    get encoding() {
      return this.#encoding;
    }
  }
  const path = join(folder, 'file');
  const gr = spawn(function* () {
    yield* fsPromises.writeFile(path, 'né', new Options());
    return yield* fsPromises.readFile(path, new Options());
  });

  assert.is(await gr, 'né');
  assert.is(statSync(path).size, 2);
});

test('readFile and writeFile are aborted when their waiter is killed', async (folder) => {
  const path = join(folder, 'file');
  const size = 64 * 1024 * 1024;
  const written = spawn(() => fsPromises.writeFile(path, Buffer.alloc(size)));
  await sleep(0);
  while (!existsSync(path)) await turn();
  await written.kill();
  await allClosed(folder);
  assert.ok(statSync(path).size < size);

  truncateSync(path, size);
  const read = spawn(() => fsPromises.readFile(path));
  await sleep(0);
  while (openIn(folder).length === 0) await turn();
  await read.kill();
  assert.instance(read.exception, GreenletExit);
  await allClosed(folder);
});

test('a signal of the program is honoured, and wrong arguments are refused', async (folder) => {
  const path = join(folder, 'file');
  writeFileSync(path, 'text');
  const signal = AbortSignal.abort();
  for (const [start, code] of [
    [() => fsPromises.readFile(path, { signal }), 'ABORT_ERR'],
    [() => fsPromises.writeFile(path, 'x', { signal }), 'ABORT_ERR'],
    [() => fsPromises.readFile(path, 'klingon' as BufferEncoding), 'ERR_INVALID_ARG_VALUE'],
    [() => fsPromises.readFile(5.5 as never), 'ERR_INVALID_ARG_TYPE'],
    [() => fsPromises.readFile(path, 5 as never), 'ERR_INVALID_ARG_TYPE'],
  ] as [() => Promise<unknown>, string][]) {
    const outside = (await failureOf(start())) as Failure;
    const inside = (await failureOf(spawn(start))) as Failure;
    assert.equal([inside.name, inside.code, inside.message], [outside.name, outside.code, outside.message]);
    assert.is(inside.code, code);
  }
});

test('watch() goes through forEach and is closed when the greenlet is killed in it', async (folder) => {
  const seen = new AsyncResult<string | null>();
  const watchers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'FSEventWrap').length;
  const gr = spawn(() =>
    forEach(fsPromises.watch(folder), ({ filename }) => {
      if (!seen.ready()) seen.set(filename);
    }),
  );
  await turn();
  writeFileSync(join(folder, 'file'), '');
  assert.is(await seen.get(), 'file');

  await gr.kill();
  for (let turns = 0; turns < 5; turns += 1) await turn();

  assert.is(watchers(), 0);
});

all.run();
