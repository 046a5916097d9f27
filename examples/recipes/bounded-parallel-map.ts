// Maps a function over a long list, with four calls at once. The list may be endless: it is read as far as there is room.

import { forEach, Pool, run, sleep } from 'greenhub';

let running = 0;
let most = 0;
function* convert(n: number) {
  running += 1;
  most = Math.max(most, running);
  yield* sleep(10 * (n % 3));
  running -= 1;
  return n * n;
}
function* naturals() {
  try {
    for (let n = 1; ; n += 1) yield n;
  } finally {
    console.log('the source is closed');
  }
}

await run(function* main() {
  const pool = new Pool(4);
  console.log(yield* pool.map(convert, [1, 2, 3, 4, 5, 6]), `at most ${most} at once`);

  let sum = 0;
  const squares = pool.imap(convert, naturals());
  yield* forEach(squares, (square) => {
    sum += square;
    if (sum > 1_000) squares.return(); // stops the calls that run, and the source
  });
  console.log(sum);
});
