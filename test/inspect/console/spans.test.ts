import * as assert from 'uvu/assert';
import { MIXED, RUNS, Spans } from '../../../lib/inspect/console/spans.ts';
import { suite } from '../../support/harness.ts';

const test = suite('inspect/console/spans');

function listOf(states: readonly [since: number, until: number, what: number][]) {
  const spans = new Spans(100, 10);
  for (const [since, until, what] of states) spans.add(since, until, what);
  spans.finish();
  return spans.list;
}

test('a state that lasts has a span of its own, from the beginning of the window on', () => {
  assert.equal(
    listOf([
      [50, 130, 3],
      [130, 145, RUNS],
      [145, 155, 4],
    ]),
    [
      [0, 30, 0, 3],
      [30, 45, 1, RUNS],
      [45, 55, 0, 4],
    ],
  );
});

test('what has ended before the window is left out', () => {
  assert.equal(
    listOf([
      [20, 90, RUNS],
      [90, 100, 1],
    ]),
    [],
  );
});

test('short states are one span, with the share of its time in which the greenlet ran', () => {
  assert.equal(
    listOf([
      [100, 101, RUNS],
      [101, 104, 7],
      [104, 108, RUNS],
      [108, 130, 7],
    ]),
    [
      [0, 8, 0.625, RUNS],
      [8, 30, 0, 7],
    ],
  );
});

test('short states in which the greenlet did not run are one span, with what they have in common', () => {
  assert.equal(
    listOf([
      [100, 104, 7],
      [104, 120, RUNS],
      [120, 124, 7],
      [124, 128, 8],
      [128, 145, RUNS],
    ]),
    [
      [0, 4, 0, 7],
      [4, 20, 1, RUNS],
      [20, 28, 0, MIXED],
      [28, 45, 1, RUNS],
    ],
  );
});

test('a greenlet that has hardly run has run', () => {
  assert.equal(
    listOf([
      [100, 109.999, 7],
      [109.999, 110, RUNS],
    ]),
    [[0, 10, 0.001, RUNS]],
  );
});

test('many short states are several spans, so that each shows its own share', () => {
  const busy = Array.from({ length: 10 }, (_, i): [number, number, number] => [100 + i, 101 + i, RUNS]);
  const idle = Array.from({ length: 10 }, (_, i): [number, number, number] => [110 + i, 111 + i, i === 0 ? RUNS : 2]);

  assert.equal(listOf([...busy, ...idle]), [
    [0, 10, 1, RUNS],
    [10, 20, 0.1, RUNS],
  ]);
});

test('a gap ends a span of short states', () => {
  assert.equal(
    listOf([
      [101, 102, RUNS],
      [107, 108, RUNS],
    ]),
    [
      [1, 2, 1, RUNS],
      [7, 8, 1, RUNS],
    ],
  );
});

test.run();
