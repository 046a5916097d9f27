import * as assert from 'uvu/assert';
import { initial, press, type TopState } from '../../../lib/command/top/state.ts';
import { suite } from '../../support/harness.ts';

const test = suite('command/top/state');
const ids = [7, 3, 12];

/** The state and the last wish after some keys. */
function after(...keys: string[]): [TopState, string] {
  let state = initial;
  let wish = '';
  for (const key of keys) [state, wish] = press(state, key, ids);
  return [state, wish];
}

for (const [keys, selected] of [
  [['down'], 7],
  [['up'], 7],
  [['j', 'j'], 3],
  [['down', 'down', 'down', 'down'], 12],
  [['down', 'down', 'k'], 7],
  [['down', 'escape'], null],
] as const) {
  test(`${keys.join(' ')} choose ${selected}`, () => {
    assert.is(after(...keys)[0].selected, selected);
  });
}

test('a greenlet that has left the table gives way to the first', () => {
  const [state] = press({ ...initial, selected: 99 }, 'down', ids);

  assert.is(state.selected, 7);
});

test('nothing can be chosen in an empty table', () => {
  assert.is(press(initial, 'down', [])[0].selected, null);
});

test('letters sort, and ask the program again', () => {
  for (const [key, sort] of [
    ['b', 'busy'],
    ['s', 'since'],
    ['r', 'runs'],
    ['i', 'id'],
  ] as const) {
    const [state, wish] = after(key);
    assert.is(state.sort, sort);
    assert.is(wish, 'ask');
  }
});

test('return opens what is chosen, and escape or q closes it', () => {
  assert.is(after('return')[0].isOpen, false);
  const [opened, wish] = after('down', 'return');
  assert.is(opened.isOpen, true);
  assert.is(wish, 'ask');
  for (const key of ['escape', 'q']) assert.is(press(opened, key, ids)[0].isOpen, false);
});

test('x kills after y, and only then', () => {
  assert.is(after('x')[0].isKilling, false);
  assert.is(after('down', 'x')[1], 'draw');
  assert.is(after('down', 'x', 'y')[1], 'kill');
  const [state, wish] = after('down', 'x', 'n');
  assert.is(wish, 'draw');
  assert.is(state.isKilling, false);
});

test('q and ctrl-c quit', () => {
  assert.is(after('q')[1], 'quit');
  assert.is(after('down', 'return', 'ctrl-c')[1], 'quit');
  assert.is(after('down', 'x', 'ctrl-c')[1], 'quit');
});

test.run();
