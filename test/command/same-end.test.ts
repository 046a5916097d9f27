import * as assert from 'uvu/assert';
import { FORWARDED, passOn } from '../../lib/command/same-end.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/same-end');

/** The signals that a child gets from a command, with a terminal or without. */
function passed(isTTY: boolean): NodeJS.Signals[] {
  const signals: NodeJS.Signals[] = [];
  const child = { kill: (signal: NodeJS.Signals) => signals.push(signal) > 0 };
  const before = process.stdin.isTTY;
  process.stdin.isTTY = isTTY;
  for (const signal of FORWARDED) passOn(signal, child as never);
  process.stdin.isTTY = before;
  return signals;
}

test('signals are passed on, but not those that a terminal has sent to the child already', () => {
  assert.equal(passed(false), FORWARDED);
  assert.equal(passed(true), ['SIGTERM', 'SIGHUP', 'SIGUSR2']);
});

test.run();
