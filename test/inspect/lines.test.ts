import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import * as assert from 'uvu/assert';
import { eachLine, sendLine } from '../../lib/inspect/lines.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/lines');

function received(...chunks: string[]): string[] {
  const lines: string[] = [];
  const stream = new PassThrough();
  eachLine(stream as unknown as Socket, (line) => lines.push(line));
  for (const chunk of chunks) stream.emit('data', chunk);
  return lines;
}

for (const [chunks, lines] of [
  [['a\n'], ['a']],
  [['a', 'b\nc'], ['ab']],
  [
    ['a\nb\n', '\nc', 'd\n'],
    ['a', 'b', '', 'cd'],
  ],
] as const) {
  test(`${JSON.stringify(chunks)} are ${JSON.stringify(lines)}`, () => {
    assert.equal(received(...chunks), [...lines]);
  });
}

test('a value with line breaks is one line', () => {
  const stream = new PassThrough();
  sendLine(stream as unknown as Socket, { text: 'a\nb' });

  assert.is(String(stream.read()), '{"text":"a\\nb"}\n');
});

test.run();
