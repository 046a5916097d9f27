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
  ]);
});

test('the parameters of a handler are known', () => {
  reports('writeYieldStar', [
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
