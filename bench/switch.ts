import { type Coroutine, greenlet, type RawGreenlet } from 'greenhub';
import { expect, nanosecondsEach, type Row } from './row.ts';

const SWITCHES = 2_000_000;

export const rows: Row[] = [
  {
    name: 'raw switch',
    unit: 'ns',
    plainly: 'two bare generators alternated by hand',
    limit: 2.5,
    rounds: 15,
    warmUps: 3,
    greenhub: () => nanosecondsEach(SWITCHES, switchBackAndForth),
    plain: () => nanosecondsEach(SWITCHES, alternate),
  },
  {
    name: 'raw switch with a value',
    unit: 'ns',
    plainly: 'two bare generators alternated by hand',
    rounds: 15,
    warmUps: 3,
    greenhub: () => nanosecondsEach(SWITCHES, switchToAndFro),
    plain: () => nanosecondsEach(SWITCHES, alternate),
  },
];

function switchBackAndForth(): void {
  let switches = 0;
  const there: RawGreenlet = greenlet(function* () {
    for (;;) yield* here.switch();
  });
  const here: RawGreenlet = greenlet(function* () {
    while (switches < SWITCHES) {
      switches += 2;
      yield* there.switch();
    }
  });
  here.switch();
  expect(switches, SWITCHES);
}

function switchToAndFro(): void {
  const pair: { other: RawGreenlet | null } = { other: null };
  const there = greenlet(counter);
  const here = greenlet(lead);
  pair.other = here;
  expect(here.switch(there, pair).value, SWITCHES);
}

function* lead(there: RawGreenlet, pair: { other: RawGreenlet }): Coroutine<number> {
  let count: number = yield* there.switch(pair.other, 1);
  while (count < SWITCHES) count = yield* there.switch(count + 1);
  return count;
}

function* counter(here: RawGreenlet, first: number): Coroutine<void> {
  let count = first;
  for (;;) count = yield* here.switch(count + 1);
}

function alternate(): void {
  const there = bareCounter();
  const here = bareCounter();
  there.next(0);
  here.next(0);
  let count = 0;
  while (count < SWITCHES) {
    count = there.next(count).value;
    count = here.next(count).value;
  }
  expect(count, SWITCHES);
}

function* bareCounter(): Generator<number, never, number> {
  let count = 0;
  for (;;) count = (yield count) + 1;
}
