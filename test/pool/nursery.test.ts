import * as assert from 'uvu/assert';
import {
  AsyncResult,
  type Coroutine,
  Event,
  Greenlet,
  GreenletError,
  GreenletExit,
  getcurrent,
  getHub,
  Lock,
  type Nursery,
  nursery,
  Queue,
  race,
  type Started,
  shield,
  sleep,
  spawn,
  Timeout,
  withTimeout,
} from '../../lib/index.ts';
import { runProgram } from '../support/child.ts';
import { failureOf, thrownBy } from '../support/failure.ts';
import { suite } from '../support/harness.ts';
import { assertNoTrace } from '../support/leaks.ts';
import { outcomeOf } from '../support/outcome.ts';
import { reportsMade } from '../support/reports.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';

const test = suite('pool/nursery');

const never = sleep(Infinity);

function* fail(message: string, ms = 0) {
  yield* sleep(ms);
  throw new Error(message);
}

function* give<T>(value: T, ms = 0) {
  yield* sleep(ms);
  return value;
}

function messagesOf(error: unknown): string[] {
  assert.instance(error, AggregateError);
  return (error as AggregateError).errors.map((inner) => (inner as Error).message);
}

test('a nursery gives the value of its body, of whatever kind that is', async () => {
  assert.is(await nursery(() => 1), 1);
  assert.is(await nursery(async () => 2), 2);
  assert.is(
    await nursery(function* () {
      yield* sleep(0);
      return 3;
    }),
    3,
  );
  assert.is(await nursery((n) => n.spawn(give, 4)), 4);
  assert.is(await nursery(() => {}), undefined);
});

test('a nursery ends when its body and all its children have', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];
    const child = function* (name: string, ms: number) {
      yield* sleep(ms);
      seen.push(name);
    };

    const value = await spawn(() =>
      nursery((n) => {
        n.spawn(child, 'slow', 20);
        n.spawn(child, 'fast', 10);
        seen.push('body');
        return 'value';
      }),
    );

    assert.is(value, 'value');
    assert.equal(seen, ['body', 'fast', 'slow']);
    assert.is(getHub().now(), 20);
  }));

test('spawn() of a nursery gives a greenlet, passes arguments on, and counts it until it ends', async () => {
  const seen = await nursery(function* (n) {
    const child = n.spawn((a: number, b: string) => give(`${a}${b}`), 1, 'x');
    const before = n.size;
    const value = yield* child;
    return { isGreenlet: child instanceof Greenlet, before, value, after: n.size };
  });

  assert.equal(seen, { isGreenlet: true, before: 1, value: '1x', after: 0 });
});

test('children may spawn more, which the nursery waits for too', () =>
  onVirtualTime(async () => {
    let count = 0;
    const grow = function* (n: Nursery, depth: number): Coroutine<void> {
      yield* sleep(10);
      count += 1;
      if (depth > 0) for (const _ of [1, 2]) n.spawn(grow, n, depth - 1);
    };

    await spawn(() => nursery((n) => void n.spawn(grow, n, 3)));

    assert.is(count, 15);
    assert.is(getHub().now(), 40);
  }));

test('a nursery() can be used again, and begins again', async () => {
  let bodies = 0;
  const operation = nursery(() => {
    bodies += 1;
    return bodies;
  });
  assert.is(bodies, 0);

  assert.equal([await operation, await operation], [1, 2]);
});

test('the first failure of a child kills the other children and the body, and is thrown when all have ended', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];
    const cleaning = function* (name: string, ms: number) {
      try {
        yield* sleep(Infinity);
      } catch (error) {
        if (error instanceof GreenletExit) seen.push(`${name} killed`);
        throw error;
      } finally {
        yield* shield(sleep(ms));
        seen.push(`${name} ended`);
      }
    };

    const { error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(cleaning, 'child', 20);
          n.spawn(fail, 'first', 10);
          yield* cleaning('body', 5);
        }),
      ),
    );

    assert.is((error as Error).message, 'first');
    assert.equal([...seen].sort(), ['body ended', 'body killed', 'child ended', 'child killed']);
    assert.is(getHub().now(), 30);
  }));

test('the failure of a child is thrown as it is, undefined too', async () => {
  for (const failure of [undefined, null, 'text', new RangeError('no')]) {
    const { error } = await spawn(() =>
      outcomeOf(
        nursery((n) => {
          n.spawn(() => {
            throw failure;
          });
        }),
      ),
    );
    assert.is(error, failure);
  }
});

test('a failure that comes when the body has ended is thrown too', () =>
  onVirtualTime(async () => {
    const { error } = await spawn(() => outcomeOf(nursery((n) => void n.spawn(fail, 'late', 10))));

    assert.is((error as Error).message, 'late');
  }));

test('several failures make an AggregateError, in the order in time', () =>
  onVirtualTime(async () => {
    const { error } = await spawn(() =>
      outcomeOf(
        nursery((n) => {
          n.spawn(function* () {
            try {
              yield* never;
            } finally {
              yield* shield(sleep(5));
              // biome-ignore lint/correctness/noUnsafeFinally: this is what is tested
              throw new Error('in the cleanup');
            }
          });
          n.spawn(fail, 'first', 10);
        }),
      ),
    );

    assert.equal(messagesOf(error), ['first', 'in the cleanup']);
    assert.match((error as Error).message, /2 failures in Nursery#\d+/);
  }));

test('children that fail in the same step are all in the AggregateError', async () => {
  const { error } = await spawn(() =>
    outcomeOf(
      nursery((n) => {
        for (const name of ['a', 'b', 'c']) {
          n.spawn(() => {
            throw new Error(name);
          });
        }
      }),
    ),
  );

  // The first makes the nursery kill the others before they run.
  const messages = error instanceof AggregateError ? messagesOf(error) : [(error as Error).message];
  assert.is(messages[0], 'a');
});

test('an error of the body kills the children, and is thrown when they have ended', () =>
  onVirtualTime(async () => {
    let cleanedUp = false;
    const error = new RangeError('of the body');

    const outcome = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(function* () {
            try {
              yield* never;
            } finally {
              yield* shield(sleep(10));
              cleanedUp = true;
            }
          });
          yield* sleep(1);
          throw error;
        }),
      ),
    );

    assert.is(outcome.error, error);
    assert.is(cleanedUp, true);
    assert.is(getHub().now(), 11);
  }));

test('after an error of the body, a child that has not run yet never runs', async () => {
  let ran = false;
  await failureOf(
    nursery((n) => {
      n.spawn(() => {
        ran = true;
      });
      throw new RangeError('at once');
    }),
  );

  assert.is(ran, false);
});

test('an error of the body that comes of a child’s failure is in the AggregateError behind it', () =>
  onVirtualTime(async () => {
    const { error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(fail, 'of the child', 5);
          try {
            yield* never;
          } catch (cause) {
            throw new Error('of the body', { cause });
          }
        }),
      ),
    );

    assert.equal(messagesOf(error), ['of the child', 'of the body']);
  }));

test('an error of a child that the body gets and rethrows is thrown once or twice, and never lost', async () => {
  const { error } = await spawn(() =>
    outcomeOf(
      nursery(function* (n) {
        yield* n.spawn(fail, 'of the child');
      }),
    ),
  );

  const messages = error instanceof AggregateError ? messagesOf(error) : [(error as Error).message];
  assert.ok(messages.length > 0 && messages.every((message) => message === 'of the child'));
});

test('a body that catches everything cannot swallow the failure, nor carry on for long', () =>
  onVirtualTime(async () => {
    let rounds = 0;
    const { value, error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(fail, 'of the child', 5);
          while (rounds < 5_000) {
            try {
              yield* sleep(10);
            } catch {
              rounds += 1;
            }
          }
          return 'swallowed';
        }),
      ),
    );

    assert.is(value, undefined);
    assert.is((error as Error).message, 'of the child');
    assert.ok(rounds < 5_000);
  }));

test('a body that catches its cancellation and returns has the failure thrown all the same', () =>
  onVirtualTime(async () => {
    const { error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(fail, 'of the child', 5);
          try {
            yield* never;
          } catch {
            return 'a value';
          }
          return 'never';
        }),
      ),
    );

    assert.is((error as Error).message, 'of the child');
  }));

test('a killed child is not a failure, and the others continue', () =>
  onVirtualTime(async () => {
    const value = await spawn(() =>
      nursery(function* (n) {
        const child = n.spawn(() => never);
        const other = n.spawn(give, 'other', 20);
        yield* sleep(1);
        yield* child.kill();
        return yield* other;
      }),
    );

    assert.is(value, 'other');
  }));

test('a child killed with an error of its own is a failure', async () => {
  const reason = new RangeError('my reason');

  const { error } = await spawn(() =>
    outcomeOf(
      nursery(function* (n) {
        const child = n.spawn(() => never);
        yield* sleep(0);
        child.kill({ reason });
        yield* never;
      }),
    ),
  );

  assert.is(error, reason);
});

test('failures of children are not reported', async ({ reported }) => {
  await failureOf(nursery((n) => void n.spawn(fail, 'taken')));
  await sleep(1);
  await reportsMade();

  assert.equal(reported, []);
});

test('a kill of the owner kills the children, and waits for their cleanup', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];
    const worker = spawn(function* () {
      try {
        yield* nursery(function* (n) {
          n.spawn(function* () {
            try {
              yield* never;
            } finally {
              yield* shield(sleep(20));
              seen.push('child');
            }
          });
          yield* never;
        });
      } finally {
        seen.push('owner');
      }
    });
    await sleep(5);

    await worker.kill();

    assert.ok(worker.exception instanceof GreenletExit);
    assert.equal(seen, ['child', 'owner']);
    assert.is(getHub().now(), 25);
  }));

test('a kill of the owner that only waits for the children kills them too', () =>
  onVirtualTime(async () => {
    let child: Greenlet | undefined;
    const worker = spawn(() =>
      nursery((n) => {
        child = n.spawn(() => never);
      }),
    );
    await sleep(5);

    await worker.kill();

    assert.ok(worker.exception instanceof GreenletExit);
    assert.ok(child?.exception instanceof GreenletExit);
  }));

test('a kill of an owner whose body catches everything kills the children too, and waits for their cleanup', () =>
  onVirtualTime(async () => {
    const log: string[] = [];
    const owner = spawn(function* () {
      try {
        yield* nursery(function* (n) {
          n.spawn(function* () {
            try {
              yield* sleep(1_000_000);
            } finally {
              yield* shield(sleep(5));
              log.push('child');
            }
          });
          for (let round = 0; round < 5_000; round += 1) {
            try {
              yield* sleep(1_000_000);
            } catch {
              // It continues.
            }
          }
        });
      } finally {
        log.push('owner');
      }
    });
    await sleep(0);

    await owner.kill();

    assert.equal(log, ['child', 'owner']);
    assert.is(owner.dead, true);
  }));

test('a timeout of the owner kills the children, waits for their cleanup, and is thrown', () =>
  onVirtualTime(async () => {
    let cleanedUp = false;

    const { error } = await spawn(() =>
      outcomeOf(
        withTimeout(
          10,
          nursery((n) => {
            n.spawn(function* () {
              try {
                yield* never;
              } finally {
                yield* shield(sleep(20));
                cleanedUp = true;
              }
            });
          }),
        ),
      ),
    );

    assert.ok(error instanceof Timeout);
    assert.is(cleanedUp, true);
    assert.is(getHub().now(), 30);
  }));

test('a timeout in the body that the body lets pass is the failure of the nursery', () =>
  onVirtualTime(async () => {
    const { error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(() => never);
          yield* withTimeout(5, never);
        }),
      ),
    );

    assert.ok(error instanceof Timeout);
    assert.is(getHub().now(), 5);
  }));

test('a child spawned in a nursery that is being cancelled never runs', () =>
  onVirtualTime(async () => {
    let ran = false;
    await spawn(() =>
      outcomeOf(
        nursery((n) => {
          n.spawn(function* () {
            try {
              yield* never;
            } finally {
              n.spawn(() => {
                ran = true;
              });
            }
          });
          n.spawn(fail, 'first', 5);
        }),
      ),
    );

    assert.is(ran, false);
  }));

test('spawn() after the nursery has ended is an error, and so is start()', async () => {
  const n = await nursery((inner) => inner);

  const spawned = thrownBy(() => n.spawn(give, 1));
  const started = await failureOf(n.start(function* () {}));

  assert.instance(spawned, GreenletError);
  assert.match((spawned as Error).message, 'has ended');
  assert.instance(started, GreenletError);
});

test('nursery(), spawn() and start() refuse a value that is not a function', async () => {
  assert.instance(
    thrownBy(() => nursery(sleep(1) as never)),
    TypeError,
  );
  await nursery((n) => {
    assert.instance(
      thrownBy(() => n.spawn(1 as never)),
      TypeError,
    );
    assert.instance(
      thrownBy(() => n.start(1 as never)),
      TypeError,
    );
    assert.is(n.size, 0);
  });
});

test('start() gives the value that the child passes when it is ready, and the child continues', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];
    const server = function* (started: Started<number>, port: number) {
      yield* sleep(10);
      started(port);
      yield* sleep(10);
      seen.push('child ended');
    };

    await spawn(() =>
      nursery(function* (n) {
        seen.push(`port ${yield* n.start(server, 80)} at ${getHub().now()}`);
      }),
    );

    assert.equal(seen, ['port 80 at 10', 'child ended']);
    assert.is(getHub().now(), 20);
  }));

test('start() gives undefined where the child has nothing to say but that it is ready', async () => {
  const value = await nursery((n) => n.start((started: Started<void>) => started()));

  assert.is(value, undefined);
});

test('start() does nothing until it is waited for, and starts a child each time', async () => {
  let starts = 0;
  await nursery(function* (n) {
    const starting = n.start((started: Started<number>) => {
      starts += 1;
      started(starts);
    });
    yield* sleep(0);
    assert.is(n.size, 0);

    assert.equal([yield* starting, yield* starting], [1, 2]);
  });
});

test('a failure before the child is ready goes only to start()', async () => {
  const seen = await nursery(function* (n) {
    const other = n.spawn(give, 'other goes on');
    const { error } = yield* outcomeOf(n.start(() => fail('not ready')));
    return [(error as Error).message, yield* other];
  });

  assert.equal(seen, ['not ready', 'other goes on']);
});

test('a failure before the child is ready that the starter lets pass is thrown once', async () => {
  const error = await failureOf(nursery((n) => n.start(() => fail('not ready'))));

  assert.is((error as Error).message, 'not ready');
});

test('a failure after the child is ready is one of the nursery', async () => {
  const error = await failureOf(
    nursery(function* (n) {
      yield* n.start(function* (started: Started<void>) {
        started();
        yield* fail('ready and failed');
      });
      yield* never;
    }),
  );

  assert.is((error as Error).message, 'ready and failed');
});

test('start() throws if the child ends before it is ready', async () => {
  const seen = await nursery(function* (n) {
    const { error } = yield* outcomeOf(n.start(function* forgetful() {}));
    return error;
  });

  assert.instance(seen, GreenletError);
  assert.match((seen as Error).message, /forgetful.*started\(\)/);
});

test('start() throws the exit of a child that is killed before it is ready', async () => {
  const seen = await nursery(function* (n) {
    let child: Greenlet | undefined;
    n.spawn(function* () {
      yield* sleep(0);
      child?.kill();
    });
    const { error } = yield* outcomeOf(
      n.start(function* () {
        child = getcurrent() as Greenlet;
        yield* never;
      }),
    );
    return error;
  });

  assert.ok(seen instanceof GreenletExit);
});

test('a starter that is cancelled ends the child, and waits for its cleanup', () =>
  onVirtualTime(async () => {
    const seen: string[] = [];

    await spawn(() =>
      nursery(function* (n) {
        const starting = n.start(function* (_: Started<void>) {
          try {
            yield* never;
          } finally {
            yield* shield(sleep(10));
            seen.push('child ended');
          }
        });
        seen.push((yield* withTimeout(5, starting, { timeoutValue: 'late' })) ?? 'ready');
        seen.push(`${n.size} left at ${getHub().now()}`);
      }),
    );

    assert.equal(seen, ['child ended', 'late', '0 left at 15']);
  }));

test('a starter that loses a race ends the child', async () => {
  const won = await nursery(function* (n) {
    const value = yield* race([n.start(() => never), () => give('won')]);
    return [value, n.size];
  });

  assert.equal(won, ['won', 0]);
});

test('a child that calls started() twice gets an error', async () => {
  const error = await failureOf(
    nursery((n) =>
      n.start((started: Started<number>) => {
        started(1);
        started(2);
      }),
    ),
  );

  assert.instance(error, GreenletError);
  assert.match((error as Error).message, 'called started() twice');
});

test('another greenlet may call started() later', async () => {
  const ready = new AsyncResult<Started<string>>();

  const value = await nursery(function* (n) {
    n.spawn(function* () {
      (yield* ready.get())('by another');
    });
    return yield* n.start(function* (started: Started<string>) {
      ready.set(started);
      yield* sleep(5);
    });
  });

  assert.is(value, 'by another');
});

test('a child may start() others', async () => {
  const value = await nursery((n) =>
    n.start(function* (started: Started<string>) {
      const inner = yield* n.start((innerStarted: Started<string>) => innerStarted('inner'));
      started(`outer of ${inner}`);
    }),
  );

  assert.is(value, 'outer of inner');
});

test('the failure of an inner nursery is one of the outer, unless it is caught', () =>
  onVirtualTime(async () => {
    const inner = nursery((n) => void n.spawn(fail, 'inner', 5));

    const caught = await spawn(() =>
      nursery(function* (n) {
        const other = n.spawn(give, 'other', 20);
        const { error } = yield* outcomeOf(inner);
        return [(error as Error).message, yield* other];
      }),
    );
    const { error } = await spawn(() =>
      outcomeOf(
        nursery(function* (n) {
          n.spawn(() => never);
          n.spawn(() => inner);
          yield* never;
        }),
      ),
    );

    assert.equal(caught, ['inner', 'other']);
    assert.is((error as Error).message, 'inner');
  }));

test('the failure of an outer nursery ends the inner ones, with all their children, before it is thrown', () =>
  onVirtualTime(async () => {
    let cleanedUp = 0;
    const cleaning = function* () {
      try {
        yield* never;
      } finally {
        yield* shield(sleep(10));
        cleanedUp += 1;
      }
    };
    const nested = (depth: number) => (n: Nursery) => {
      n.spawn(cleaning);
      if (depth > 0) n.spawn(() => nursery(nested(depth - 1)));
      return never;
    };

    const { error } = await spawn(() =>
      outcomeOf(
        nursery((n) => {
          n.spawn(fail, 'outer', 5);
          return nursery(nested(3));
        }),
      ),
    );

    assert.is((error as Error).message, 'outer');
    assert.is(cleanedUp, 4);
  }));

test('an inner nursery may spawn into the outer one', () =>
  onVirtualTime(async () => {
    let child: Greenlet<string> | undefined;

    await spawn(() =>
      nursery(function* (outer) {
        yield* nursery(() => {
          child = outer.spawn(give, 'done', 10);
        });
        assert.is(child?.ready(), false);
      }),
    );

    assert.is(child?.value, 'done');
  }));

test('a nursery in a branch of a race() that loses ends its children', async () => {
  let cleanedUp = false;

  const won = await race([
    nursery((n) => {
      n.spawn(function* () {
        try {
          yield* never;
        } finally {
          cleanedUp = true;
        }
      });
      return never;
    }),
    () => give('won', 1),
  ]);

  assert.is(won, 'won');
  assert.is(cleanedUp, true);
});

test('children are cancelled in the lines that they stand in', async () => {
  const [queue, lock, event] = [new Queue<number>(), new Lock(), new Event()];
  await lock.acquire();

  await failureOf(
    nursery((n) => {
      n.spawn(() => queue.get());
      n.spawn(() => lock.acquire({ timeout: 60_000 }));
      n.spawn(() => event.wait());
      n.spawn(fail, 'no');
    }),
  );

  assertNoTrace(queue, lock, event);
});

test('a nursery that main awaits works alike', async () => {
  const seen: number[] = [];

  const value = await nursery(async (n) => {
    for (const item of [1, 2, 3]) n.spawn(() => seen.push(item));
    return 'awaited';
  });

  assert.is(value, 'awaited');
  assert.equal(seen, [1, 2, 3]);
});

test('ten thousand children run in one nursery', async () => {
  let ended = 0;

  await nursery((n) => {
    for (let count = 0; count < 10_000; count += 1) {
      n.spawn(function* () {
        yield* sleep(0);
        ended += 1;
      });
    }
  });

  assert.is(ended, 10_000);
});

test('the LoopExit over a nursery says how many children it waits for', async () => {
  const ended = await runProgram(`
    const worker = spawn(() => nursery((n) => { n.spawn(() => new Event().wait()); n.spawn(() => new Event().wait()); }));
    worker.name = 'the owner';
    await worker.then(null, (error) => console.log(error instanceof LoopExit, error.message));
  `);

  assert.match(ended.stdout, /^true /);
  assert.match(ended.stdout, /the owner waits for the 2 children of Nursery#\d+ to end/);
});

test.run();
