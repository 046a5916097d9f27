import * as assert from 'uvu/assert';
import { inheritedExecArgv } from '../../../lib/process/child/exec-argv.ts';
import { suite } from '../../support/harness.ts';

const test = suite('inheritedExecArgv');

test('children do not get the flags that are for their parent alone', () => {
  for (const own of [
    ['--inspect'],
    ['--inspect-brk=127.0.0.1:9229'],
    ['--inspect-port', '0'],
    ['--inspect-publish-uid', 'http'],
    ['-e', 'code()'],
    ['-p', '1'],
    ['-pe', '1'],
    ['--eval', 'code()'],
    ['--eval=code()'],
    ['--print', '1'],
    ['--input-type=module'],
    ['--input-type', 'module'],
    ['--test'],
    ['--test-only'],
    ['--test-reporter', 'spec'],
    ['--test-concurrency=2'],
    ['--watch'],
    ['--watch-path=./src'],
    ['--watch-kill-signal', 'SIGTERM'],
    ['--watch-preserve-output'],
  ]) {
    assert.equal(inheritedExecArgv(['--no-warnings', ...own, '--enable-source-maps']), [
      '--no-warnings',
      '--enable-source-maps',
    ]);
  }
});

test('children get all other flags, with their values', () => {
  const flags = ['--import', 'tsx', '-C', 'development', '--conditions=x', '-r', './e.js', '--max-old-space-size=100'];

  assert.equal(inheritedExecArgv(flags), flags);
});

test('a flag is not taken for the value of the one before it', () => {
  assert.equal(inheritedExecArgv(['--test-only', '--import', 'x']), ['--import', 'x']);
  assert.equal(inheritedExecArgv(['--input-type', '--no-warnings']), ['--no-warnings']);
});

test.run();
