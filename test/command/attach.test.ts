import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as assert from 'uvu/assert';
import { isListening } from '../../lib/command/inspector.ts';
import { CommandFolder } from '../support/command.ts';
import { deadPort } from '../support/dead-port.ts';
import { suite } from '../support/harness.ts';
import { Running, writeWaiting } from '../support/prepared.ts';

const test = suite('command: looking into a program that is not prepared');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());
const waiting = writeWaiting(folder);

/** Only there does the command read the port from the flags of the program. Elsewhere these tests would disturb each other. */
const isLinux = process.platform === 'linux';

function node(...args: string[]): ChildProcess {
  const env = { ...process.env, TMPDIR: folder.path };
  return spawn(process.execPath, args, { cwd: folder.path, env, stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Calls `use` with the id of a program that runs meanwhile. */
async function whileRunning(child: ChildProcess, use: (pid: number) => Promise<void>): Promise<void> {
  const running = await Running.start(child);
  try {
    await use(running.pid);
  } finally {
    await running.stop();
  }
}

async function listeningServer(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((settle) => server.listen(0, '127.0.0.1', settle));
  return { server, port: (server.address() as AddressInfo).port };
}

/** The text of a page. */
async function pageAt(url: string): Promise<string> {
  return await (await fetch(url)).text();
}

/** Waits until nothing listens there. */
async function untilRefused(url: string): Promise<void> {
  while (await isListening(Number(new URL(url).port)));
}

if (isLinux) {
  test('it is reached through its inspector, which is closed again, and its socket is removed', async () => {
    const port = await deadPort();
    await whileRunning(node(`--inspect-port=${port}`, waiting), async (pid) => {
      for (const args of [
        ['tree', `${pid}`],
        ['stack', `${pid}`, '2'],
      ]) {
        const { code, stdout, stderr } = await folder.greenhub(args);
        assert.is(stderr, '');
        assert.match(stdout, '#2 work-2: waits for an item of Queue#1');
        assert.is(code, 0);
        assert.not.ok(await isListening(port));
      }
      const socket = join(folder.path, `greenhub-${process.getuid?.()}`, `${pid}.sock`);
      while (existsSync(socket)) await wait(1);
    });
  });

  test('it serves its console as long as the command runs, with its inspector closed', async () => {
    const port = await deadPort();
    await whileRunning(node(`--inspect-port=${port}`, waiting), async (pid) => {
      let looked: Promise<unknown> | null = null;
      const { code, stdout, stderr } = await folder.greenhub(['console', `${pid}`, '--json'], {
        noted(text, child) {
          if (!text.endsWith('}\n')) return;
          // The whole page is read before the console closes.
          looked ??= Promise.all([pageAt(JSON.parse(text).url), isListening(port)]).finally(() => child.kill('SIGINT'));
        },
      });
      const [page, isDebugged] = (await looked) as unknown as [string, boolean];

      assert.equal([code, stderr, isDebugged], [0, '', false]);
      assert.match(page, '<title>greenhub</title>');
      await untilRefused(JSON.parse(stdout).url);
    });
  });

  test('a program with a debugger is left alone', async () => {
    const port = await deadPort();
    await whileRunning(node(`--inspect=127.0.0.1:${port}`, waiting), async (pid) => {
      const { code, stderr } = await folder.greenhub(['tree', `${pid}`]);

      const place = `127.0.0.1:${port}`;
      const message = `the inspector of process ${pid} is open already (${place}), for a debugger: close it first`;
      assert.is(stderr, `greenhub tree: ${message}\n`);
      assert.is(code, 1);
    });
  });

  test('if something else listens at the port of its inspector, it is left alone', async () => {
    const { server, port } = await listeningServer();
    try {
      await whileRunning(node(`--inspect-port=${port}`, waiting), async (pid) => {
        const { code, stderr } = await folder.greenhub(['tree', `${pid}`]);

        const why = `because something else listens on 127.0.0.1:${port}`;
        assert.is(stderr, `greenhub tree: the inspector of process ${pid} cannot open, ${why}\n`);
        assert.is(code, 1);
      });
    } finally {
      server.close();
    }
  });

  test('a program without greenhub is named, and its inspector is closed again', async () => {
    const port = await deadPort();
    const program = folder.write('other.js', `setInterval(() => {}, 1_000); console.log(process.pid);`);
    await whileRunning(node(`--inspect-port=${port}`, program), async (pid) => {
      const { code, stderr } = await folder.greenhub(['tree', `${pid}`]);

      assert.is(stderr, `greenhub tree: process ${pid} is no greenhub program\n`);
      assert.is(code, 1);
      assert.not.ok(await isListening(port));
    });
  });
}

// Nothing is foreign to root.
if (process.getuid?.() !== 0) {
  test('a process of another user is left alone', async () => {
    const { code, stderr } = await folder.greenhub(['tree', '1']);

    assert.is(stderr, 'greenhub tree: process 1 is of another user\n');
    assert.is(code, 1);
  });
}

test('a process that is not Node gets no signal, which could end it', async () => {
  const child = spawn('sh', ['-c', 'echo $$; read nothing'], { stdio: ['pipe', 'pipe', 'pipe'] });
  await whileRunning(child, async (pid) => {
    const { code, stderr } = await folder.greenhub(['tree', `${pid}`]);

    assert.is(stderr, `greenhub tree: process ${pid} is no program of Node that opens its inspector\n`);
    assert.is(code, 1);
    assert.is(child.exitCode, null);
  });
});

test.run();
