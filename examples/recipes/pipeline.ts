// Stages that work at the same time, with bounded queues between them. The end of the input travels through as a shutdown,
// and a failure in one stage ends them all.

import { type Coroutine, forEach, nursery, Queue, run, sleep } from 'greenhub';

function* stage<A, B>(work: (item: A) => Coroutine<B>, input: Queue<A>, output: Queue<B>) {
  yield* forEach(input, function* (item) {
    yield* output.put(yield* work(item));
  });
  output.shutdown();
}
function* parse(line: string) {
  yield* sleep(10);
  if (line === '') throw new SyntaxError('an empty line');
  return Number(line);
}
function* square(n: number) {
  yield* sleep(30);
  return n * n;
}

function* sumOfSquares(lines: string[]) {
  const [texts, numbers, squares] = [new Queue<string>(2), new Queue<number>(2), new Queue<number>(2)];
  return yield* nursery(function* (n) {
    n.spawn(stage, parse, texts, numbers);
    n.spawn(stage, square, numbers, squares);
    n.spawn(function* () {
      for (const line of lines) yield* texts.put(line);
      texts.shutdown();
    });
    let sum = 0;
    yield* forEach(squares, (value) => {
      sum += value;
    });
    return sum;
  });
}

await run(function* main() {
  console.log(yield* sumOfSquares(['1', '2', '3', '4']));
  try {
    yield* sumOfSquares(['1', '', '3']);
  } catch (error) {
    console.log(String(error));
  }
});
