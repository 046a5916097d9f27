/** The measured operations, their peers, and greenhub's limits. This is the only table of limits. */

/** A limit for a measured ratio, or for greenhub's own value. */
export type Limit =
  /** The peer takes at least this multiple of greenhub's time. */
  | { peer: string; atLeast: number; node?: NodeLine }
  /** greenhub takes at most this multiple of the peer's time. */
  | { peer: string; atMost: number; node?: NodeLine }
  /** greenhub's own value, in the unit of the operation. */
  | { below: number };

/** Some limits hold only for the oldest supported Node, or only for newer ones. */
type NodeLine = '20' | 'newer';

export interface Operation {
  name: string;
  title: string;
  unit: 'ns' | 'us' | 'B';
  /** The maximum and the minimum number of operations in a measurement; the number is always a multiple of the minimum. */
  size: number;
  least: number;
  peers: string[];
  limits: Limit[];
  /** The milliseconds of a measurement, if it needs more than usual. */
  budget?: number;
  rounds?: number;
  /** The number of warm-up runs, if it does not follow from the time of a measurement. */
  warmUps?: number;
  /** The maximum number of operations for peers that would otherwise need too much time or memory. */
  caps?: Record<string, number>;
}

const GENERATORS = ['effect', 'effection', 'redux-saga'];

export const operations: Operation[] = [
  {
    name: 'switch',
    title: 'symmetric switch',
    unit: 'ns',
    size: 2_000_000,
    least: 2_000,
    peers: ['bare generators', 'greenlet', ...GENERATORS],
    limits: [{ peer: 'greenlet', atLeast: 3 }, { peer: 'bare generators', atMost: 2 }, ...faster(3)],
  },
  ...[2, 10_000].map(
    (greenlets): Operation => ({
      name: greenlets === 2 ? 'yield2' : 'yield10k',
      title: `sleep(0), ${greenlets.toLocaleString('en')} greenlets, a round`,
      unit: 'ns',
      size: 1_000_000,
      least: greenlets,
      peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
      limits: [
        { peer: 'gevent', atLeast: 25 },
        { peer: 'Go', atLeast: 1.2 },
        { peer: 'async/await', atMost: 1, node: '20' },
        { peer: 'async/await', atMost: 1.6, node: 'newer' },
        ...faster(1),
      ],
    }),
  ),
  {
    name: 'spawn',
    title: 'spawn and join',
    unit: 'ns',
    size: 1_000_000,
    least: 1_000,
    budget: 700,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS, 'effect, sync tasks'],
    limits: [{ peer: 'gevent', atLeast: 30 }, { peer: 'Go', atLeast: 1.5 }, ...faster(3)],
    caps: { gevent: 50_000, effection: 5_000, 'redux-saga': 10_000 },
  },
  {
    name: 'channel',
    title: 'unbuffered channel, an item',
    unit: 'ns',
    size: 500_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go'],
    limits: [{ peer: 'Go', atLeast: 1.5 }],
  },
  {
    name: 'queue1',
    title: 'queue of 1, an item',
    unit: 'ns',
    size: 500_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go', 'effect'],
    limits: [{ peer: 'gevent', atLeast: 40 }, ...faster(3, ['effect'])],
  },
  {
    name: 'queue1024',
    title: 'queue of 1,024, an item',
    unit: 'ns',
    size: 1_000_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go', 'effect'],
    limits: [{ peer: 'Go', atLeast: 1.2 }, ...faster(3, ['effect'])],
  },
  {
    name: 'queueUnbounded',
    title: 'unbounded queue, an item',
    unit: 'ns',
    size: 500_000,
    least: 1_000,
    peers: ['async/await', 'gevent', ...GENERATORS],
    limits: faster(3),
    caps: { effection: 20_000 },
  },
  {
    name: 'fanout',
    title: '1 producer, 100 consumers, queue of 1, an item',
    unit: 'ns',
    size: 500_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go', 'effect'],
    limits: faster(3, ['effect']),
  },
  {
    name: 'lock',
    title: 'lock, 1,000 greenlets, an acquire',
    unit: 'ns',
    size: 500_000,
    least: 1_000,
    peers: ['async/await', 'async-sema', 'p-limit', 'p-queue', 'gevent', 'Go', 'effect'],
    limits: faster(1, ['effect']),
  },
  {
    name: 'semaphore',
    title: 'semaphore of 10, 1,000 greenlets, an acquire',
    unit: 'ns',
    size: 500_000,
    least: 1_000,
    peers: ['async/await', 'async-sema', 'p-limit', 'p-queue', 'gevent', 'Go', 'effect'],
    limits: [
      { peer: 'async/await', atMost: 1 },
      { peer: 'async-sema', atLeast: 1.3 },
      { peer: 'effect', atLeast: 100 },
    ],
  },
  {
    name: 'event',
    title: 'Event wakes 100,000, each',
    unit: 'ns',
    size: 100_000,
    least: 1_000,
    budget: 200,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
    limits: faster(1),
    caps: { effection: 5_000, 'redux-saga': 10_000 },
  },
  {
    name: 'poolMap',
    title: 'Pool(10).map of trivial tasks, an item',
    unit: 'ns',
    size: 1_000_000,
    least: 1_000,
    budget: 400,
    peers: ['async/await', 'p-map', 'p-limit', 'p-queue', 'fastq', 'async', 'gevent', 'effect', 'effect, sync tasks'],
    limits: [
      { peer: 'p-map', atLeast: 1.5 },
      { peer: 'p-limit', atLeast: 7 },
      { peer: 'effect', atLeast: 4 },
    ],
  },
  {
    name: 'timeoutReady',
    title: 'withTimeout around what is ready',
    unit: 'ns',
    size: 200_000,
    least: 100,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
    limits: faster(1),
  },
  {
    name: 'nested5',
    title: 'a call that blocks under five timeouts',
    unit: 'ns',
    size: 100_000,
    least: 100,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
    limits: faster(1),
  },
  ...[10, 100, 1_000, 100_000].map(deep),
  {
    name: 'recursion',
    title: 'recursion 1,000 deep by call(), a call',
    unit: 'ns',
    size: 1_000_000,
    least: 1_000,
    peers: ['greenhub yield*', 'async/await', 'gevent', 'Go', ...GENERATORS],
    limits: faster(1),
  },
  {
    name: 'kill',
    title: 'kill and join of a sleeper with a finally',
    unit: 'ns',
    size: 50_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
    limits: [
      { peer: 'effect', atLeast: 4 },
      { peer: 'effection', atLeast: 40 },
      { peer: 'async/await', atLeast: 15 },
      { below: 1_500 },
      ...faster(1, ['redux-saga']),
    ],
    caps: { effection: 2_000, 'redux-saga': 5_000, 'async/await': 10_000, gevent: 10_000 },
  },
  {
    name: 'sleeperBytes',
    title: '1,000,000 sleeping, each',
    unit: 'B',
    size: 1_000_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
    limits: [{ peer: 'Go', atLeast: 4 }, { peer: 'gevent', atLeast: 5 }, { below: 600 }, ...faster(1)],
    rounds: 1,
    warmUps: 0,
    caps: { gevent: 100_000, effection: 5_000, 'redux-saga': 20_000, effect: 200_000 },
  },
  {
    name: 'sleeperWake',
    title: '1,000,000 sleepers wake at once, each',
    unit: 'ns',
    size: 1_000_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go', ...GENERATORS],
    limits: faster(1),
    rounds: 2,
    warmUps: 0,
    caps: { gevent: 50_000, effection: 5_000, 'redux-saga': 20_000, effect: 200_000 },
  },
  {
    name: 'timers',
    title: 'a timer set and cancelled',
    unit: 'ns',
    size: 1_000_000,
    least: 1_000,
    peers: ['async/await', 'gevent', 'Go'],
    limits: [],
  },
  {
    name: 'crawlFetch',
    title: 'crawl of 2,000 pages with fetch, a page',
    unit: 'us',
    size: 2_000,
    least: 2_000,
    warmUps: 10,
    peers: ['p-limit', 'crawlee', 'gevent', 'Go'],
    limits: crawlLimits(),
  },
  {
    name: 'crawlRequest',
    title: 'crawl of 2,000 pages with request(), a page',
    unit: 'us',
    size: 2_000,
    least: 2_000,
    warmUps: 10,
    peers: ['p-limit', 'crawlee', 'gevent', 'Go'],
    limits: crawlLimits(),
  },
];

/** greenhub uses `call()`. A peer without an explicit stack of frames pays for the depth at each resume. */
function deep(depth: number): Operation {
  return {
    name: `deep${depth}`,
    title: `resume ${depth.toLocaleString('en')} calls deep by call()`,
    unit: 'ns',
    size: 500_000,
    // Calling and returning should not take most of the time.
    least: depth === 100_000 ? 50_000 : 100,
    peers: ['greenhub yield*', 'bare generators', 'async/await', 'greenlet', 'gevent', 'Go', ...GENERATORS],
    limits: [...(depth === 1_000 ? [{ peer: 'bare generators', atLeast: 100 }] : []), ...faster(1)],
  };
}

/** The limits that hold for every operation of these peers. */
function faster(times: number, peers = GENERATORS): Limit[] {
  return peers.map((peer) => ({ peer, atLeast: times }));
}

/** 0.95 of the pages per second means 1 / 0.95 of the time. */
function crawlLimits(): Limit[] {
  return [
    { peer: 'crawlee', atLeast: 3 },
    { peer: 'gevent', atLeast: 5 },
    { peer: 'p-limit', atMost: 1 / 0.95 },
  ];
}
