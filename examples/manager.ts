// A Manager: a dict and a list that ten processes fill. They live in a server, a process of its own, and each method is
// one step there, so no process overwrites what another one does.
// Run: npm run example manager

import { joinall, run } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

export const fill = mp.remote(
  import.meta.url,
  'fill',
  function* fill(
    squares: mp.DictProxy<number, number>,
    totals: mp.DictProxy<string, number>,
    list: mp.ListProxy<number>,
    n: number,
  ) {
    yield* squares.set(n, n * n);
    yield* totals.increment('sum', n);
    yield* list.append(n);
  },
);

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    using manager = yield* mp.Manager.start();
    const squares = manager.dict<number, number>();
    const totals = manager.dict<string, number>({ sum: 0 });
    const list = manager.list<number>();
    const numbers = Array.from({ length: 10 }, (_, n) => n);
    const processes = numbers.map((n) => new mp.Process({ target: fill, args: [squares, totals, list, n] }).start());
    yield* joinall(processes, { raiseError: true });

    yield* list.sort(); // they were appended in the order in which the processes were ready
    console.log('list:   ', (yield* list.copy()).join(' '));
    const found = yield* squares.copy();
    console.log('squares:', numbers.map((n) => found.get(n)).join(' '));
    console.log('sum:    ', yield* totals.get('sum'));
  });
}
