/** Targets of programs that the tests start. They are JavaScript, because the programs run on every Node without a loader. */
import { shield, sleep } from 'greenhub';
import { Process, Queue, remote } from 'greenhub/process';

/** @typedef {import('greenhub/process').Queue<string>} Labels */

/**
 * Prints at its end whether it was cut short.
 *
 * @param {Labels} started
 * @param {string} label
 * @param {number} ms
 */
function* live(started, label, ms = 60_000) {
  let end = 'cut short';
  try {
    yield* started.put(label);
    yield* sleep(ms);
    end = 'over';
  } finally {
    yield* shield(() => sleep(1));
    console.log(`${label}: ${end}`);
  }
}

export const livesOn = remote(import.meta.url, 'livesOn', live);

export const putsPid = remote(
  import.meta.url,
  'putsPid',
  /** @param {Labels} started */
  (started) => started.put(String(process.pid)),
);

export const tellsPid = remote(
  import.meta.url,
  'tellsPid',
  /** @param {Labels} started */
  function* (started) {
    yield* started.put(String(process.pid));
    yield* sleep(60_000);
  },
);

export const makesQueue = remote(
  import.meta.url,
  'makesQueue',
  /** @param {import('greenhub/process').Queue<object>} queues */
  function* (queues) {
    yield* queues.put(new Queue());
    yield* sleep(60_000);
  },
);

export const hasChildWithQueue = remote(
  import.meta.url,
  'hasChildWithQueue',
  /**
   * @param {import('greenhub/process').Queue<object>} queues
   * @param {import('greenhub/process').Event} go
   */
  function* (queues, go) {
    const child = new Process({ target: makesQueue, args: [queues] }).start();
    yield* go.wait();
    yield* child.kill();
  },
);

export const waitsFor = remote(
  import.meta.url,
  'waitsFor',
  /**
   * @param {Labels} started
   * @param {string} label
   * @param {import('greenhub/process').Event} go
   */
  function* (started, label, go) {
    yield* started.put(label);
    yield* go.wait();
    return `${label} went`;
  },
);

export const spins = remote(
  import.meta.url,
  'spins',
  /**
   * @param {Labels} started
   * @param {string} label
   */
  function* (started, label) {
    yield* started.put(label);
    for (;;);
  },
);

export const hasChild = remote(
  import.meta.url,
  'hasChild',
  /**
   * @param {Labels} started
   * @param {string} label
   * @param {object} options of the child
   */
  function* (started, label, options) {
    new Process({ target: livesOn, args: [started, `child of ${label}`], ...options }).start();
    yield* live(started, label);
  },
);

export const exitsWithSpinner = remote(
  import.meta.url,
  'exitsWithSpinner',
  /** @param {Labels} started */
  function* (started) {
    new Process({ target: spins, args: [started, 'spinner'], daemon: true }).start();
    yield* started.get();
    process.exit(4);
  },
);

export const hasShortChild = remote(
  import.meta.url,
  'hasShortChild',
  /**
   * @param {Labels} started
   * @param {string} label
   */
  function* (started, label) {
    new Process({ target: livesOn, args: [started, 'child', 50] }).start();
    yield* live(started, label, 0);
  },
);

export const fails = remote(import.meta.url, 'fails', function* () {
  yield* sleep(0);
  throw new RangeError('out of reach');
});

export const nothing = remote(import.meta.url, 'nothing', () => {});
