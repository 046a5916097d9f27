// A circuit breaker: after some failures in a row, fails at once for a while, and then lets a single call try.

import { type Coroutine, GreenletExit, getHub, run, sleep } from 'greenhub';

class CircuitBreaker {
  private failures = 0;
  private openUntil = -Infinity;
  private readonly most: number;
  private readonly rest: number;

  /** @param rest in milliseconds */
  constructor(most: number, rest: number) {
    this.most = most;
    this.rest = rest;
  }

  *call<T>(body: () => Coroutine<T>) {
    if (getHub().now() < this.openUntil) throw new Error('the circuit is open');
    if (this.failures >= this.most) this.openUntil = getHub().now() + this.rest; // others fail while this call tries
    try {
      const value = yield* body();
      this.failures = 0;
      this.openUntil = -Infinity;
      return value;
    } catch (error) {
      if (!(error instanceof GreenletExit)) this.failures += 1; // a kill says nothing about the server
      if (this.failures >= this.most) this.openUntil = getHub().now() + this.rest;
      throw error;
    }
  }
}

const breaker = new CircuitBreaker(3, 1_000);
await run(function* main() {
  const began = getHub().now();
  for (let n = 0; n < 8; n += 1) {
    const result = yield* callOnce(() => Math.round(getHub().now() - began));
    console.log(result);
    yield* sleep(300);
  }
});

function* callOnce(now: () => number) {
  try {
    yield* breaker.call(function* () {
      yield* sleep(10);
      if (now() < 1_500) throw new Error('the server is down');
    });
    return `${now()} ms: fine`;
  } catch (error) {
    return `${now()} ms: ${(error as Error).message}`;
  }
}
