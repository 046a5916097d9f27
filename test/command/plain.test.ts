import * as assert from 'uvu/assert';
import { plain, plainLine } from '../../lib/command/plain.ts';
import { suite } from '../support/harness.ts';

const test = suite('command/plain');

test('control characters of a program do not reach the terminal, and lines stay', () => {
  assert.is(plain('a\u001b[31mb\u009bc\td\ne – ü'), 'a\ufffd[31mb\ufffdc\ufffdd\ne – ü');
});

test('a text for one line has no other', () => {
  assert.is(plainLine('a\nb'), 'a\ufffdb');
});

test.run();
