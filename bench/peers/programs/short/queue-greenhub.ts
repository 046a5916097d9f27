import { type Coroutine, joinall, Queue, spawn } from 'greenhub';

function* produce(queue: Queue<number>): Coroutine<void> {
  for (let i = 0; i < 10_000; i += 1) yield* queue.put(i);
}

function* consume(queue: Queue<number>): Coroutine<void> {
  for (let i = 0; i < 10_000; i += 1) yield* queue.get();
}

const queue = new Queue<number>(100);
await joinall([spawn(consume, queue), spawn(produce, queue)]);
