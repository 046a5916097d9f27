import { type Coroutine, type Greenlet, joinall, spawn } from 'greenhub';

function* double(x: number): Coroutine<number> {
  return x * 2;
}

const greenlets: Greenlet<number>[] = [];
for (let i = 0; i < 1_000; i += 1) greenlets.push(spawn(double, i));
await joinall(greenlets);
