/**
 * What the rule knows about greenhub's exports. The list is written here rather than read from the package, because a
 * linter should not load or run the code that it checks.
 */
import { coordination, processes } from './coordination.ts';

/**
 * What a call does by itself.
 *
 * - `waits`: it makes an operation and does nothing else.
 * - `switches`: the same in a greenlet. In main, it acts at once and is complete as a statement.
 * - `requests`: it acts at once. You may ignore the operation that it returns, but not `yield` it without a star.
 */
export type Effect = 'waits' | 'switches' | 'requests';

export type Methods = ReadonlyMap<string, Effect>;

/**
 * The modules of greenhub, and the prefix of their names here. Those of `greenhub/process` have one, because some of its
 * classes have the names of other ones: `process.Queue`.
 */
export const modules: ReadonlyMap<string, string> = new Map([
  ['greenhub', ''],
  ['greenhub/greenlet', ''],
  ['greenhub/inspect', ''],
  // In a browser it exports what greenhub/web does.
  ['greenhub/monkey', ''],
  ['greenhub/net', ''],
  ['greenhub/process', 'process.'],
  ['greenhub/tasks', ''],
  ['greenhub/testing', ''],
  ['greenhub/web', ''],
]);

/**
 * The modules of Node that `greenhub/monkey` extends with operations. Their names are written here like `net.Socket`.
 */
export const nodeModules: ReadonlySet<string> = new Set([...['net', 'tls', 'http', 'https', 'dgram', 'child_process']]);

export const functions: ReadonlyMap<string, Effect> = effects({
  waits: [
    ...['sleep', 'idle', 'joinall', 'wait', 'until', 'action', 'withTimeout', 'shield', 'withContext', 'call'],
    ...['forEach', 'nursery', 'all', 'allSettled', 'any', 'race', 'select', 'retry'],
    ...['connect', 'connectTls', 'listen', 'socketPair', 'bindDatagram', 'connectDatagram', 'request'],
    ...['assertNoLeaks', 'assertNoSwitch', 'assertSwitches', 'waitAllBlocked'],
    'serve',
    ...['once', 'animationFrame', 'connectWebSocket'],
    ...['process.offload', 'process.Manager.start', 'process.Manager.connect'],
  ],
  requests: ['killall'],
});

const rawGreenlet = { switches: ['switch', 'throw'] };
const reading = ['recv', 'recvExactly', 'readUntil', 'readLine'];
const bodies = ['text', 'json', 'bytes'];
const server = { waits: ['serveForever'], requests: ['start', 'stop'] };
const stream = effects({ waits: [...reading, 'sendall'] });
const message = effects({ waits: [...reading, ...bodies] });
const sending = effects({ waits: ['sendall'] });
const listener = effects({ waits: ['accept'] });
const work = effects({ waits: ['call', 'delay', 'applyAsync'] });
const administration = [
  'close',
  'drain',
  'failed',
  'pause',
  'remove',
  'resume',
  'retry',
  'schedule',
  'schedules',
  'stats',
];
const group = { waits: ['join', 'apply', 'map'], requests: ['kill'] };
/** The methods of `greenhub/process` that act at once. */
const ending = ['kill', 'terminate', 'shutdown'];

/** The methods of each class that return operations. */
export const classes: ReadonlyMap<string, Methods> = new Map([
  ['RawGreenlet', effects(rawGreenlet)],
  ['Greenlet', effects({ ...rawGreenlet, waits: ['join', 'get'], requests: ['kill'] })],
  ['Iteration', effects({ waits: ['next'] })],
  ...Object.entries(coordination).map(([name, waits]) => [name, effects({ waits })] as const),
  ...Object.entries(processes).map(([name, methods]) => [`process.${name}`, ofProcesses(methods)] as const),
  ['process.PoolResult', ofProcesses([...(coordination.AsyncResult ?? []), 'kill'])],
  ['process.ParentProcess', effects({ waits: ['join'] })],
  ['Group', effects(group)],
  ['Nursery', effects({ waits: ['start'] })],
  ['Socket', stream],
  ['DatagramSocket', effects({ waits: ['recv', 'recvfrom', 'send', 'sendto'] })],
  ['HttpBody', effects({ waits: [...bodies, 'arrayBuffer', 'blob', 'dump', 'next'] })],
  ['HttpResponse', effects({})],
  ['HttpServerRequest', message],
  ['HttpServerResponse', sending],
  ['StreamServer', effects(server)],
  ['HttpServer', effects(server)],
  ['DatagramServer', effects({ ...server, waits: [...server.waits, 'sendto'] })],
  ['Tasks', effects({ waits: [...administration, 'unschedule'] })],
  ['Task', effects({ waits: ['run', 'call', 'delay', 'applyAsync'] })],
  ['TaskResult', effects({ waits: ['get', 'status', 'progress', 'logs'], requests: ['revoke'] })],
  ['GroupResult', effects({ waits: ['get'], requests: ['revoke'] })],
  ['Signature', effects({ waits: ['run', 'call', 'delay', 'applyAsync'] })],
  ...['TaskGroup', 'TaskChain', 'TaskChord'].map((name) => [name, work] as const),
  ['TaskWorker', effects({ waits: ['run'], requests: ['stop'] })],
  ['WebSocketConnection', effects({ waits: ['send', 'recv'], requests: ['close'] })],
  ['Port', effects({ waits: ['recv'] })],
  ['VirtualClock', effects({ waits: ['advance'] })],
  ['Pool', effects({ ...group, waits: [...group.waits, 'waitAvailable'] })],
  ['net.Socket', stream],
  ['net.Stream', stream],
  ['net.Server', listener],
  ['tls.TLSSocket', stream],
  ['tls.Server', listener],
  ['http.Server', listener],
  ['https.Server', listener],
  ['http.IncomingMessage', message],
  ['http.OutgoingMessage', sending],
  ['http.ClientRequest', sending],
  ['http.ServerResponse', sending],
  ['dgram.Socket', effects({ waits: ['recv', 'recvfrom'], requests: ['send', 'connect'] })],
  ['child_process.ChildProcess', effects({ waits: ['wait', 'communicate'] })],
]);

/** Functions and methods that return an object of one of the classes. */
export const makers: ReadonlyMap<string, string> = new Map([
  ['spawn', 'Greenlet'],
  ['spawnLater', 'Greenlet'],
  ['greenlet', 'RawGreenlet'],
  ['getcurrent', 'RawGreenlet'],
  ['iwait', 'Iteration'],
  ['events', 'Iteration'],
  ['Port.messages', 'Iteration'],
  ['WebSocketConnection.messages', 'Iteration'],
  ['openPort', 'Port'],
  ['createServer', 'StreamServer'],
  ['Nursery.spawn', 'Greenlet'],
  ...['Group', 'Pool'].flatMap((group) => [
    ...['spawn', 'applyAsync'].map((name) => [`${group}.${name}`, 'Greenlet'] as const),
    ...['imap', 'imapUnordered'].map((name) => [`${group}.${name}`, 'Iteration'] as const),
  ]),
  ['Tasks.task', 'Task'],
  ['Tasks.result', 'TaskResult'],
  ['Tasks.group', 'TaskGroup'],
  ['Tasks.chain', 'TaskChain'],
  ['Tasks.chord', 'TaskChord'],
  ['Tasks.worker', 'TaskWorker'],
  ['Task.s', 'Signature'],
  ['process.Process.start', 'process.Process'],
  ['process.parentProcess', 'process.ParentProcess'],
  ...['process.ThreadPool', 'process.ProcessPool'].flatMap((pool) => [
    ...['applyAsync', 'mapAsync', 'starmapAsync'].map((name) => [`${pool}.${name}`, 'process.PoolResult'] as const),
    ...['imap', 'imapUnordered'].map((name) => [`${pool}.${name}`, 'Iteration'] as const),
  ]),
  ['process.Manager.dict', 'process.DictProxy'],
  ['process.Manager.list', 'process.ListProxy'],
  ['process.Manager.namespace', 'process.NamespaceProxy'],
  ['process.Manager.value', 'process.ValueProxy'],
  ['process.Manager.queue', 'process.Queue'],
  ['process.Manager.joinableQueue', 'process.JoinableQueue'],
  ['process.Manager.lock', 'process.Lock'],
  ['process.Manager.rlock', 'process.RLock'],
  ['process.Manager.semaphore', 'process.Semaphore'],
  ['process.Manager.boundedSemaphore', 'process.BoundedSemaphore'],
  ['process.Manager.event', 'process.Event'],
  ['process.Manager.condition', 'process.Condition'],
  ['process.Manager.barrier', 'process.Barrier'],
  ['net.connect', 'net.Socket'],
  ['net.createConnection', 'net.Socket'],
  ['net.createServer', 'net.Server'],
  ['tls.connect', 'tls.TLSSocket'],
  ['tls.createServer', 'tls.Server'],
  ['http.createServer', 'http.Server'],
  ['http.request', 'http.ClientRequest'],
  ['http.get', 'http.ClientRequest'],
  ['https.createServer', 'https.Server'],
  ['https.request', 'http.ClientRequest'],
  ['https.get', 'http.ClientRequest'],
  ['dgram.createSocket', 'dgram.Socket'],
  ...['spawn', 'exec', 'execFile', 'fork'].map(
    (name) => [`child_process.${name}`, 'child_process.ChildProcess'] as const,
  ),
]);

/** Functions whose operation gives an object of one of the classes: `yield* connect(…)`. */
export const givers: ReadonlyMap<string, string> = new Map([
  ['connect', 'Socket'],
  ['connectTls', 'Socket'],
  ['bindDatagram', 'DatagramSocket'],
  ['connectDatagram', 'DatagramSocket'],
  ['request', 'HttpResponse'],
  ['connectWebSocket', 'WebSocketConnection'],
  ...['Task', 'Signature', 'TaskChain', 'TaskChord'].flatMap((work) =>
    ['delay', 'applyAsync'].map((method) => [`${work}.${method}`, 'TaskResult'] as const),
  ),
  ['TaskGroup.delay', 'GroupResult'],
  ['TaskGroup.applyAsync', 'GroupResult'],
  ['process.Manager.start', 'process.Manager'],
  ['process.Manager.connect', 'process.Manager'],
  ['net.connect', 'net.Socket'],
  ['net.createConnection', 'net.Socket'],
  ['tls.connect', 'tls.TLSSocket'],
  ['http.request', 'http.IncomingMessage'],
  ['http.get', 'http.IncomingMessage'],
  ['https.request', 'http.IncomingMessage'],
  ['https.get', 'http.IncomingMessage'],
]);

/** Properties that hold an object of one of the classes. */
export const parts: ReadonlyMap<string, string> = new Map([['HttpResponse.body', 'HttpBody']]);

/** The classes of the arguments that functions and classes pass to their callback. */
export const handlers: ReadonlyMap<string, readonly string[]> = new Map([
  ['nursery', ['Nursery']],
  ['StreamServer', ['Socket']],
  ['createServer', ['Socket']],
  ['HttpServer', ['HttpServerRequest', 'HttpServerResponse']],
  ['DatagramServer', ['', '', 'DatagramServer']],
  ['net.createServer', ['net.Socket']],
  ['tls.createServer', ['tls.TLSSocket']],
  ['http.createServer', ['http.IncomingMessage', 'http.ServerResponse']],
  ['https.createServer', ['http.IncomingMessage', 'http.ServerResponse']],
]);

function ofProcesses(methods: readonly string[]): Methods {
  return effects({
    waits: methods.filter((name) => !ending.includes(name)),
    requests: methods.filter((name) => ending.includes(name)),
  });
}

function effects(names: { readonly [effect in Effect]?: readonly string[] }): Methods {
  const { waits = [], switches = [], requests = [] } = names;
  return new Map([
    ...waits.map((name) => [name, 'waits'] as const),
    ...switches.map((name) => [name, 'switches'] as const),
    ...requests.map((name) => [name, 'requests'] as const),
  ]);
}
