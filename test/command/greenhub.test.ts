import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { commands } from '../../lib/command/commands.ts';
import { root } from '../../scripts/typescript-node.js';
import { CommandFolder } from '../support/command.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/greenhub');
const folder = new CommandFolder();
process.on('exit', () => folder.remove());

test('--version prints the version of the package', async () => {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

  for (const option of ['--version', '-v']) {
    const { code, stdout } = await folder.greenhub([option]);
    assert.is(stdout, `${version}\n`);
    assert.is(code, 0);
  }
});

test('the command itself is no program to look into, whatever the environment asks for', async () => {
  const { stdout, stderr } = await folder.greenhub(['ps'], { env: { GREENHUB_INSPECT: '1', GREENHUB_DUMP: '1' } });

  assert.is(stdout, 'There are no prepared programs.\n');
  assert.is(stderr, '');
});

test('--help lists every command', async () => {
  const { code, stdout } = await folder.greenhub(['--help']);

  assert.is(code, 0);
  for (const { name, summary } of commands) assert.match(stdout, new RegExp(`^  ${name} +${summary}$`, 'm'));
});

test('without a command, the help goes to standard error', async () => {
  const { code, stdout, stderr } = await folder.greenhub([]);

  assert.is(stdout, '');
  assert.match(stderr, 'Usage: greenhub COMMAND');
  assert.is(code, 2);
});

test('the help of a command names its options', async () => {
  for (const { name, usage } of commands) {
    const { code, stdout } = await folder.greenhub([name, '--help']);
    assert.is(code, 0);
    assert.match(stdout, `Usage: greenhub ${name} ${usage}`);
    for (const [option] of usage.matchAll(/--[a-z]+/g)) assert.match(stdout, new RegExp(`^ {2}.*${option}`, 'm'));
  }
});

test('the help of greenhub run may follow other options', async () => {
  const { code, stdout } = await folder.greenhub(['run', '--blocking', '100', '--console', '--help']);

  assert.match(stdout, 'Usage: greenhub run');
  assert.is(code, 0);
});

for (const [args, message] of [
  [['fly'], 'greenhub: there is no command fly. See "greenhub --help".\n'],
  [['--fly'], 'greenhub: there is no option --fly. See "greenhub --help".\n'],
  [['help', 'fly'], 'greenhub: there is no command fly. See "greenhub --help".\n'],
] as const) {
  test(`greenhub ${args.join(' ')} is refused`, async () => {
    const { code, stderr } = await folder.greenhub(args);

    assert.is(stderr, message);
    assert.is(code, 2);
  });
}

test.run();
