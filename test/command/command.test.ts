import * as assert from 'uvu/assert';
import { parsed } from '../../lib/command/command.ts';
import { UsageError } from '../../lib/command/errors.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/command');
const OPTIONS = {
  seconds: { type: 'string' },
  json: { type: 'boolean' },
  output: { type: 'string', short: 'o' },
} as const;

test('a negative number is an argument, or the value of the option before it', () => {
  assert.equal([...parsed(['7', '-1', '--json'], OPTIONS).positionals], ['7', '-1']);
  assert.is(parsed(['7', '--seconds', '-1'], OPTIONS).values.seconds, '-1');
  assert.is(parsed(['--seconds=-1'], OPTIONS).values.seconds, '-1');
  const { values, positionals } = parsed(['--json', '-2'], OPTIONS);
  assert.equal([values.json, [...positionals]], [true, ['-2']]);
  assert.equal([...parsed(['--json', '--', '-1', '-x'], OPTIONS).positionals], ['-1', '-x']);
});

test('wrong options are refused in one line', () => {
  for (const [args, message] of [
    [['-x'], "Unknown option '-x'"],
    [['--seconds'], "Option '--seconds <value>' argument missing"],
    [['--seconds', '-x'], "Option '--seconds' argument is ambiguous"],
    [['-o', '-x'], "Option '-o' argument is ambiguous"],
  ] as const) {
    assert.throws(
      () => parsed(args, OPTIONS),
      (error: Error) => error instanceof UsageError && error.message === message,
    );
  }
});

test.run();
