import { spawn } from 'node:child_process';
import * as assert from 'uvu/assert';
import { Inspector, isListening } from '../../lib/command/inspector.ts';
import { CommandFolder } from '../support/command.ts';
import { deadPort } from '../support/dead-port.ts';
import { suite } from '../support/harness.ts';
import { Running } from '../support/prepared.ts';

const test = suite('command: the inspector of a program');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());

// Node can crash if its inspector closes while a connection to it is closing: without the care of close(), in one of 10 to 20 times.
test('a program lives on, however often its inspector is opened and closed', async () => {
  const program = folder.write('other.js', 'setInterval(() => {}, 1_000); console.log(process.pid);');
  const port = await deadPort();
  const running = await Running.start(spawn(process.execPath, [`--inspect-port=${port}`, program]));
  try {
    for (let i = 0; i < 40; i += 1) {
      process.kill(running.pid, 'SIGUSR1');
      const inspector = await Inspector.at(port);
      assert.is(await inspector?.evaluate('process.pid'), running.pid);
      await inspector?.close();
      assert.not.ok(await isListening(port));
    }
  } finally {
    await running.stop();
  }
});

test.run();
