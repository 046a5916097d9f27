import * as assert from 'uvu/assert';
import { picture, type View } from '../../../lib/command/top/picture.ts';
import { initial } from '../../../lib/command/top/state.ts';
import { measuredInfoOf } from '../../support/greenlet-info.ts';
import { suite } from '../../support/harness.ts';
import { overviewOf } from '../../support/overviews.ts';

const test = suite('command/top/picture');

function viewOf(fields: Partial<View> = {}): View {
  const overview = overviewOf([measuredInfoOf(7), measuredInfoOf(12, { since: null, busy: 0, runs: 0 })]);
  return { state: initial, overview, switchesPerSecond: 1_234.4, opened: null, message: '', ...fields };
}

function textsOf(view: View, columns = 80, rows = 24): string[] {
  return picture(view, columns, rows).map(({ text }) => text);
}

test('shows the numbers, the places, the table and the keys', () => {
  assert.equal(textsOf(viewOf()), [
    'greenhub top: process 4711, measured for 10s, sorted by busy',
    '2 greenlets: 0 ready, 2 waiting; 2 timers, 1234 switches/s',
    'at: Queue#1 2, 2 more',
    '',
    'ID  NAME     BUSY  %  RUNS  SINCE  WAITS FOR',
    ' 7  load-7   25ms  0     4   1.5s  an item of Queue#1',
    '12  load-12   0ms  0     0   >10s  an item of Queue#1',
    'sort: b busy  s since  r runs  i id    ↑↓ choose  ⏎ stack  x kill  q quit',
  ]);
});

test('names the children of the program, and theirs', () => {
  const hub = { greenlets: 4, ready: 0, waiting: 4, timers: 1, spawned: 4, ended: 0, switches: null };
  const child = { id: 1, kind: 'process', pid: 4712, silent: null, hub, snapshot: null, children: [] } as const;
  const thread = { ...child, kind: 'thread', name: 'Loader' } as const;
  const silent = { ...child, pid: 4713, name: 'Worker-2', silent: 'it has ended', hub: null } as const;
  const overview = overviewOf([], { children: [{ ...child, name: 'Worker-1', children: [thread] }, silent] });

  assert.is(
    textsOf(viewOf({ overview }), 120)[3],
    'children: Worker-1 (process 4712) 4, Loader (thread) 4, Worker-2 (process 4713) silent',
  );
  const many = overviewOf([], { children: Array.from({ length: 7 }, () => ({ ...thread })) });
  assert.match(textsOf(viewOf({ overview: many }), 200)[3] ?? '', /(?:Loader \(thread\) 4, ){5}2 more$/);
});

test('marks the chosen greenlet', () => {
  const lines = picture(viewOf({ state: { ...initial, selected: 12 } }), 80, 24);

  assert.equal(
    lines.filter(({ isMarked }) => isMarked).map(({ text }) => text.slice(0, 2)),
    ['12'],
  );
});

test('fits into a terminal of 80 x 24 and into smaller ones', () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    measuredInfoOf(i, { name: 'n'.repeat(200), waitsFor: 'w'.repeat(300) }),
  );
  const view = viewOf({ overview: overviewOf(many) });
  for (const [columns, rows] of [
    [80, 24],
    [20, 5],
  ] as const) {
    const texts = textsOf(view, columns, rows);
    assert.is(texts.length, rows);
    assert.ok(texts.every((text) => text.length <= columns));
    assert.match(texts.at(-1) ?? '', /^sort: /);
  }
});

test('shows an open greenlet with its stack, or that it has ended', () => {
  const state = { ...initial, selected: 7, isOpen: true };
  const stack = ['load (file:///srv/app.ts:12:9)', 'work (file:///srv/app.ts:30:3)'];

  assert.equal(textsOf(viewOf({ state, opened: measuredInfoOf(7, { stack, busy: null }) })).slice(3), [
    '',
    '#7 load-7: waits for an item of Queue#1, since 1500 ms',
    '    load (file:///srv/app.ts:12:9)',
    '    work (file:///srv/app.ts:30:3)',
    'esc back  x kill',
  ]);
  assert.is(textsOf(viewOf({ state }))[4], '#7 has ended');
});

test('continues long lines of an open greenlet', () => {
  const view = viewOf({
    state: { ...initial, selected: 7, isOpen: true },
    opened: measuredInfoOf(7, { stack: ['f'.repeat(20)] }),
  });

  assert.equal(textsOf(view, 20).slice(-3, -1), ['    ffffffffffffffff', '      ffff']);
});

test('asks before a kill, and says what has happened', () => {
  const state = { ...initial, selected: 7, isKilling: true };

  assert.is(textsOf(viewOf({ state })).at(-1), 'Kill #7 load-7? y/n');
  assert.is(textsOf(viewOf({ message: '#7 is killed' })).at(-1), '#7 is killed');
});

test('control characters of names do not reach the terminal', () => {
  const overview = overviewOf([measuredInfoOf(7, { name: 'a\u001b[2Jb', waitsFor: 'c\rd' })], {
    places: [{ place: '\u001b', greenlets: 1 }],
  });

  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this looks for
  assert.not.match(textsOf(viewOf({ overview })).join('\n'), /[\u001b\r]/);
});

test.run();
