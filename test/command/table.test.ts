import * as assert from 'uvu/assert';
import { table } from '../../lib/command/table.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/table');

test('columns of numbers are aligned on the right, and no line ends in a space', () => {
  const text = table(
    ['ID', 'NAME', 'WAITS FOR'],
    [
      [7, 'load', 'a lock'],
      [12, 'store-12', 'x'],
    ],
  );

  assert.is(text, 'ID  NAME      WAITS FOR\n 7  load      a lock\n12  store-12  x\n');
});

test('a time is a number', () => {
  const text = table(
    ['BUSY', 'SINCE', 'NAME'],
    [
      ['1.5s', '>12s', 'a'],
      ['20ms', '3s', 'b'],
    ],
  );

  assert.is(text, 'BUSY  SINCE  NAME\n1.5s   >12s  a\n20ms     3s  b\n');
});

test('without rows there is the head', () => {
  assert.is(table(['ID', 'NAME'], []), 'ID  NAME\n');
});

test.run();
