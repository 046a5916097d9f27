import { setTimeout as pause } from 'node:timers/promises';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run, start } from './program.ts';

const test = suite('example tail-commands');

/** Settles when the process no longer exists. It has got its signal, but the system decides when it ends. */
async function gone(pid: number): Promise<void> {
  const limit = Date.now() + 240_000;
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    if (Date.now() > limit) throw new Error(`process ${pid} is still there`);
    await pause(20);
  }
}

test('without commands it shows a demonstration, and ends', async () => {
  const { code, stdout, stderr } = await run('tail-commands');
  const printed = lines(stdout);
  const ticks = ['1:for   | tick 1', '1:for   | tick 2', '1:for   | tick 3'];
  assert.equal(printed.slice(0, 4).sort(), [...ticks, '2:sleep ! tock']);
  assert.equal(printed.slice(4), ['1:for   = exit code 0', '2:sleep = exit code 0']);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('each command has its lines in order, and none is lost', async () => {
  const { code, stdout } = await run('tail-commands', 'seq 20000', 'seq 20000; printf "no line end"');
  const linesOf = (label: string): string[] => lines(stdout).flatMap((line) => line.split(`${label} | `)[1] ?? []);
  const numbers = Array.from({ length: 20_000 }, (_, index) => `${index + 1}`);
  assert.equal(linesOf('1:seq'), numbers);
  assert.equal(linesOf('2:seq'), [...numbers, 'no line end']);
  assert.is(code, 0);
});

test('a failing command does not stop the others, and sets the exit code', async () => {
  const { code, stdout, stderr } = await run('tail-commands', 'exit 3', 'sleep 0.1; echo done', 'kill -KILL $$');
  const printed = lines(stdout);
  assert.equal(printed, [
    '2:sleep | done',
    '1:exit  = exit code 3',
    '2:sleep = exit code 0',
    '3:kill  = ended by SIGKILL',
  ]);
  assert.equal({ code, stderr }, { code: 1, stderr: '' });
});

test('lines appear as they are printed, and Ctrl-C ends all commands and their children', async () => {
  const program = start('tail-commands', 'sleep 1000 & echo $!; wait', 'echo ready; exec sleep 1000');
  await program.printed('ready\n');
  await program.printed('1:sleep | ');
  const [, pid] = /1:sleep \| (\d+)\n/.exec(program.output()) ?? [];
  program.interrupt();
  const { code, stdout, stderr } = await program.ended;
  await gone(Number(pid));
  assert.equal(lines(stdout).slice(-2), ['1:sleep = ended by SIGTERM', '2:echo  = ended by SIGTERM']);
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test.run();
