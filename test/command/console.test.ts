import { spawn } from 'node:child_process';
import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { openerOf } from '../../lib/command/open-browser.ts';
import { COMMAND, CommandFolder, type CommandOptions } from '../support/command.ts';
import { type Ended, endOf } from '../support/ending.ts';
import { suite } from '../support/harness.ts';
import { Running, writeWaiting } from '../support/prepared.ts';

const test = suite('command/console');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());
const waiting = writeWaiting(folder);
const URL_OF_PAGE = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/;

async function whileRunning(
  use: (pid: number) => Promise<void>,
  child = folder.start(['run', waiting]),
): Promise<void> {
  const running = await Running.start(child);
  try {
    await use(running.pid);
  } finally {
    await running.stop();
  }
}

/** Runs the command, and calls `use` with the address that it prints, while the console is open. Then interrupts it. */
function console(args: readonly string[], use: (url: string) => Promise<void>): Promise<Ended> {
  return folder.greenhub(['console', ...args], whenServed(use));
}

function whenServed(use: (url: string) => Promise<void>): CommandOptions {
  let used: Promise<void> | null = null;
  return {
    noted(stdout, child) {
      const [url] = URL_OF_PAGE.exec(stdout) ?? [];
      if (url === undefined || used !== null) return;
      used = use(url).finally(() => child.kill('SIGINT'));
    },
  };
}

async function statusOf(url: string): Promise<number | 'refused'> {
  try {
    return (await fetch(url)).status;
  } catch {
    return 'refused';
  }
}

test('the program serves its console until the command is interrupted', async () => {
  await whileRunning(async (pid) => {
    let address = '';
    let status: unknown;
    const { code, stdout, stderr } = await console([`${pid}`], async (url) => {
      address = url;
      status = await statusOf(url);
    });

    assert.is(status, 200);
    assert.is(stdout, `The console of process ${pid} is at ${address}\nCtrl-C closes it.\n`);
    assert.equal([code, stderr], [0, '']);
    while ((await statusOf(address)) !== 'refused');
  });
});

test('the only prepared program needs no id, and --json prints the address for other programs', async () => {
  await whileRunning(async (pid) => {
    let address = '';
    const { stdout } = await console(['--json', '--no-open'], async (url) => {
      address = url;
    });

    assert.equal(JSON.parse(stdout), { pid, url: address });
  });
});

test('a port that is taken is one line', async () => {
  await whileRunning(async (pid) => {
    let second: Ended | undefined;
    await console([`${pid}`], async (url) => {
      second = await folder.greenhub(['console', `${pid}`, '--port', new URL(url).port]);
    });

    assert.match(second?.stderr ?? '', new RegExp(`^greenhub console: process ${pid}: listen EADDRINUSE: .*\n$`));
    assert.is(second?.code, 1);
  });
});

test('the end of the program ends the command', async () => {
  const running = await Running.start(folder.start(['run', waiting]));
  const ending: Promise<void>[] = [];
  const { code, stderr } = await folder.greenhub(['console', `${running.pid}`], {
    noted: () => ending.push(running.stop()),
  });
  await Promise.all(ending);

  assert.is(stderr, `greenhub console: process ${running.pid} has ended\n`);
  assert.is(code, 1);
});

// A terminal of util-linux.
if (process.platform === 'linux' && existsSync('/usr/bin/script')) {
  test('at a terminal, the browser gets a page that only its user can read and that leads to the address', async () => {
    // It ends the command.
    const opener = folder.write(
      'xdg-open',
      '#!/bin/sh\nstat -c %a "$1" >opened\ncat "$1" >>opened\necho "$1" >>opened\nkill -INT $PPID\n',
    );
    chmodSync(opener, 0o755);
    await whileRunning(async (pid) => {
      const command = [process.execPath, COMMAND, 'console', `${pid}`].join(' ');
      const terminal = spawn('/usr/bin/script', ['-qefc', command, '/dev/null'], {
        cwd: folder.path,
        env: { ...process.env, TMPDIR: folder.path, DISPLAY: ':0', PATH: `${folder.path}:${process.env.PATH}` },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const { code, stdout } = await endOf(terminal);

      const [url = ''] = URL_OF_PAGE.exec(stdout) ?? [];
      const [mode, page, path = ''] = readFileSync(join(folder.path, 'opened'), 'utf8').split('\n');
      assert.is(code, 0);
      assert.is(mode, '600');
      assert.is(page, `<meta http-equiv="refresh" content="0; url=${url}">`);
      assert.not.ok(existsSync(path));
    });
  });
}

test('a browser is opened only where there is a desktop', () => {
  assert.is(openerOf('darwin', {}), 'open');
  assert.is(openerOf('linux', {}), null);
  for (const name of ['DISPLAY', 'WAYLAND_DISPLAY', 'BROWSER'])
    assert.is(openerOf('linux', { [name]: 'x' }), 'xdg-open');
});

for (const [args, message] of [
  [['--port', '70000'], '--port takes a port, from 0 to 65535, not "70000"'],
  [['x'], '"x" is not the id of a process'],
  [['1', '2'], 'there is one argument too many: "2"'],
] as const) {
  test(`greenhub console ${args.join(' ')} is refused`, async () => {
    const { code, stderr } = await folder.greenhub(['console', ...args]);

    assert.is(stderr, `greenhub console: ${message}. See "greenhub console --help".\n`);
    assert.is(code, 2);
  });
}

test.run();
