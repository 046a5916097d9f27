import { suite } from '../support/harness.ts';
import { accepts, reports, typescript } from './programs.ts';

const test = suite('require-yield-star: where objects come from');

test('names from require() and import() are known', () => {
  reports('writeYieldStar', [
    [
      "const { sleep: nap2 } = require('greenhub'); function* f() { nap2(5); }",
      "const { sleep: nap2 } = require('greenhub'); function* f() { yield* nap2(5); }",
    ],
    [
      "const hub = require('greenhub'); function* f() { hub.sleep(5); }",
      "const hub = require('greenhub'); function* f() { yield* hub.sleep(5); }",
    ],
    [
      "const hub = await import('greenhub'); function* f() { hub.sleep(5); }",
      "const hub = await import('greenhub'); function* f() { yield* hub.sleep(5); }",
    ],
  ]);
  accepts([
    "function* f(require) { const { sleep } = require('greenhub'); sleep(5); }",
    "const { sleep: nap2 } = require('elsewhere'); const { sleep: nap3 } = h; function* f() { nap2(5); nap3(5); }",
  ]);
});

test('the results of operations are known', () => {
  reports('writeYieldStar', [
    [
      "import { connect } from 'greenhub/net'; function* f() { const socket = yield* connect(80); socket.sendall(a); }",
      "import { connect } from 'greenhub/net'; function* f() { const socket = yield* connect(80); yield* socket.sendall(a); }",
    ],
    [
      "import { request } from 'greenhub/net'; function* f() { const answer = yield* request(a); answer.body.dump(); }",
      "import { request } from 'greenhub/net'; function* f() { const answer = yield* request(a); yield* answer.body.dump(); }",
    ],
    [
      "import { connectWebSocket } from 'greenhub/web'; function* f() { const s = yield* connectWebSocket(a); s.send(b); s.close(); }",
      "import { connectWebSocket } from 'greenhub/web'; function* f() { const s = yield* connectWebSocket(a); yield* s.send(b); s.close(); }",
    ],
  ]);
});

test('the parameters of a handler are known', () => {
  reports('writeYieldStar', [
    [
      "import { DatagramServer } from 'greenhub/net'; new DatagramServer(80, function* (data, to, s) { s.sendto(data, to); });",
      "import { DatagramServer } from 'greenhub/net'; new DatagramServer(80, function* (data, to, s) { yield* s.sendto(data, to); });",
    ],
    [
      "import { createServer } from 'greenhub/net'; createServer(function* (socket) { socket.sendall(a); });",
      "import { createServer } from 'greenhub/net'; createServer(function* (socket) { yield* socket.sendall(a); });",
    ],
    [
      "import { HttpServer } from 'greenhub/net'; new HttpServer(80, function* (_, response) { response.sendall(a); });",
      "import { HttpServer } from 'greenhub/net'; new HttpServer(80, function* (_, response) { yield* response.sendall(a); });",
    ],
    [
      'g.nursery(function* (n) { n.start(h); n.spawn(h); }).then(h);',
      'g.nursery(function* (n) { yield* n.start(h); n.spawn(h); }).then(h);',
    ],
  ]);
});

test('the greenlets that a group or a nursery starts are known', () => {
  reports('writeYieldStar', [
    [
      'const group = new Group(); function* f() { group.spawn(h).join(); }',
      'const group = new Group(); function* f() { yield* group.spawn(h).join(); }',
    ],
    [
      'g.nursery(function* (n) { const job = n.spawn(h); job.get(); }).then(h);',
      'g.nursery(function* (n) { const job = n.spawn(h); yield* job.get(); }).then(h);',
    ],
  ]);
});

test('class fields with an initial value are known', () => {
  reports('writeYieldStar', [
    [
      'class A { queue = new Queue(); *f() { this.queue.put(1); } }',
      'class A { queue = new Queue(); *f() { yield* this.queue.put(1); } }',
    ],
    [
      'class A { #queue = new Queue(); *f() { this.#queue.put(1); } }',
      'class A { #queue = new Queue(); *f() { yield* this.#queue.put(1); } }',
    ],
  ]);
  accepts(['class A { queue; *f() { this.queue.put(1); this.other.put(1); } }']);
});

test('the class of a parameter is known from its type', () => {
  reports(
    'writeYieldStar',
    [
      [
        'function* f(queue: Queue<string>) { queue.put(a); }',
        'function* f(queue: Queue<string>) { yield* queue.put(a); }',
      ],
    ],
    typescript,
  );
  accepts(['function* f(queue: Map<string>, other: h.Queue) { queue.get(a); other.put(a); }'], typescript);
});

/** Programs of `greenhub/process`, each with the right one. */
function ofProcesses(programs: readonly (readonly [code: string, fixed: string])[]): [code: string, fixed: string][] {
  const lines = `import * as mp from 'greenhub/process';
import { Barrier as Gate, JoinableQueue as Jobs, Manager, offload, Process, remote, ThreadPool } from 'greenhub/process';
`;
  return programs.map(([code, fixed]) => [lines + code, lines + fixed]);
}

test('functions and objects of greenhub/process are known', () => {
  reports(
    'writeYieldStar',
    ofProcesses([
      ['function* f() { mp.offload(h, 1); }', 'function* f() { yield* mp.offload(h, 1); }'],
      ['function* f() { offload(h, 1); }', 'function* f() { yield* offload(h, 1); }'],
      [
        'function* f() { const p = new Process({ target: h }); p.start(); p.join(); }',
        'function* f() { const p = new Process({ target: h }); p.start(); yield* p.join(); }',
      ],
      [
        'function* f() { const p = new mp.Process({ target: h }).start(); p.get(); }',
        'function* f() { const p = new mp.Process({ target: h }).start(); yield* p.get(); }',
      ],
      [
        'const pool = new ThreadPool(2); function* f() { pool.apply(h, [1]); }',
        'const pool = new ThreadPool(2); function* f() { yield* pool.apply(h, [1]); }',
      ],
      [
        'const pool = new mp.ProcessPool(2); function* f() { pool.starmap(h, [[1]]); }',
        'const pool = new mp.ProcessPool(2); function* f() { yield* pool.starmap(h, [[1]]); }',
      ],
      [
        'const pool = new ThreadPool(2); function* f() { const result = pool.applyAsync(h); result.get(); }',
        'const pool = new ThreadPool(2); function* f() { const result = pool.applyAsync(h); yield* result.get(); }',
      ],
      ['function* f() { mp.parentProcess().join(); }', 'function* f() { yield* mp.parentProcess().join(); }'],
      [
        'function* f() { using manager = yield* mp.Manager.start(); const dict = manager.dict(); dict.set(a, 1); }',
        'function* f() { using manager = yield* mp.Manager.start(); const dict = manager.dict(); yield* dict.set(a, 1); }',
      ],
      [
        'function* f() { const manager = yield* Manager.connect(h); manager.queue().put(1); }',
        'function* f() { const manager = yield* Manager.connect(h); yield* manager.queue().put(1); }',
      ],
      ['function* f() { Manager.start(); }', 'function* f() { yield* Manager.start(); }'],
      [
        "const square = remote(h, 'square', function* (n) { yield* sleep(n); }); function* f() { square(3); }",
        "const square = remote(h, 'square', function* (n) { yield* sleep(n); }); function* f() { yield* square(3); }",
      ],
    ]),
  );
});

test("classes of greenhub/process are told apart from greenhub's of the same name", () => {
  reports(
    'writeYieldStar',
    ofProcesses([
      [
        'const queue = new mp.Queue(); function* f() { queue.get(); }',
        'const queue = new mp.Queue(); function* f() { yield* queue.get(); }',
      ],
      [
        'const queue = new mp.Queue(); function* f() { queue.putNowait(1); }',
        'const queue = new mp.Queue(); function* f() { yield* queue.putNowait(1); }',
      ],
      [
        'const queue = new Jobs(); function* f() { queue.qsize(); }',
        'const queue = new Jobs(); function* f() { yield* queue.qsize(); }',
      ],
      [
        'const gate = new Gate(2); function* f() { gate.waiting(); }',
        'const gate = new Gate(2); function* f() { yield* gate.waiting(); }',
      ],
    ]),
  );
  reports(
    'writeYieldStar',
    ofProcesses([
      [
        'function* f(queue: mp.Queue<string>) { queue.full(); }',
        'function* f(queue: mp.Queue<string>) { yield* queue.full(); }',
      ],
    ]),
    typescript,
  );
  reports(
    'addStar',
    ofProcesses([
      [
        'const lock = new mp.Lock(); function* f() { yield lock.acquire(); }',
        'const lock = new mp.Lock(); function* f() { yield* lock.acquire(); }',
      ],
      [
        'const queue = new mp.Queue(); function* f() { h(yield queue.get()); }',
        'const queue = new mp.Queue(); function* f() { h(yield* queue.get()); }',
      ],
    ]),
  );
  reports(
    'writeAwait',
    ofProcesses([
      ['const event = new mp.Event(); event.isSet();', 'const event = new mp.Event(); await event.isSet();'],
    ]),
  );
});

test('calls of greenhub/process that act at once are accepted', () => {
  const lines = "import * as mp from 'greenhub/process'; import mp2 from 'greenhub/process';";
  accepts(
    [
      'const queue = new Queue(); function* f() { queue.putNowait(1); queue.qsize(); }',
      'const queue = new mp.Queue(); function* f() { queue.shutdown(); }',
      'const lock = new mp.Lock(); function* f() { lock.release(); }',
      'const job = new mp.Process({ target: h }); function* f() { job.start(); job.terminate(); job.kill(); job.close(); }',
      'const pool = new mp.ThreadPool(); function* f() { pool.applyAsync(h, [1]); pool.imap(h, [1]); pool.terminate(); }',
      'function* f() { const manager = yield* mp.Manager.start(); manager.dict(); manager.lock(); manager.shutdown(); }',
      'let job = new mp.Process({ target: h }); job = job.start(); function* f() { job.join(); }',
      'const queue = new mp2.Queue(); function* f() { queue.get(); }',
      'function* f() { mp.Queue.get(); mp.offload.get(); mp.get(); }',
    ].map((code) => lines + code),
  );
});

test("operations of Node's own objects are known", () => {
  reports('writeYieldStar', [
    [
      "import net from 'node:net'; function* f() { const socket = yield* net.connect(80); socket.sendall(a); }",
      "import net from 'node:net'; function* f() { const socket = yield* net.connect(80); yield* socket.sendall(a); }",
    ],
    [
      "import { spawn as start } from 'child_process'; function* f() { const child = start(a); child.wait(); }",
      "import { spawn as start } from 'child_process'; function* f() { const child = start(a); yield* child.wait(); }",
    ],
    [
      "import { get } from 'node:http'; function* f() { const answer = yield* get(a); answer.text(); }",
      "import { get } from 'node:http'; function* f() { const answer = yield* get(a); yield* answer.text(); }",
    ],
  ]);
  accepts([
    "import net from 'node:net'; const socket = net.connect(80); socket.write(a); socket.end(); socket.connect(80);",
    "import dgram from 'node:dgram'; const socket = dgram.createSocket('udp4'); socket.send(a); socket.bind(80);",
    "import { spawn as start } from 'node:child_process'; const child = start(a); child.kill();",
  ]);
});

test.run();
