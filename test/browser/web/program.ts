/** What the tests of `greenhub/web` and of the patches do in the page. Each function returns what the test compares. */
import {
  all,
  type Coroutine,
  forEach,
  GreenletExit,
  idle,
  killall,
  type Operation,
  race,
  run,
  sleep,
  spawn,
  Timeout,
  until,
  withTimeout,
} from 'greenhub';
import { isPatched, patchAll, unpatchAll } from 'greenhub/monkey';
import { animationFrame, connectWebSocket, events, once, openPort, WebSocketClosedError } from 'greenhub/web';

const button = document.createElement('button');
document.body.append(button);

/** Waits until a request for the path has reached the server. */
function arrived(path: string): Operation<unknown> {
  return until(fetch(`/arrived?path=${encodeURIComponent(path)}`));
}

const tests = {
  once: () =>
    run(function* () {
      const types: string[] = [];
      const heard = spawn(function* () {
        const click = yield* once(button, 'click');
        types.push(click.type, `${click.button}`);
        const next = yield* race([once(button, 'keydown'), once(button, 'keyup')]);
        types.push(next.type, next.key);
      });
      yield* idle();
      button.click();
      yield* idle();
      button.dispatchEvent(new KeyboardEvent('keyup', { key: 'x' }));
      yield* heard;
      return types;
    }),

  /** How many listeners are left after a kill, a limit and a lost race. */
  onceLeavesNothing: () =>
    run(function* () {
      let listeners = 0;
      const target = {
        addEventListener() {
          listeners += 1;
        },
        removeEventListener() {
          listeners -= 1;
        },
      };
      const killed = spawn(() => once(target, 'never'));
      yield* sleep(0);
      const during = listeners;
      yield* killed.kill();
      const timedOut = yield* failureOf(withTimeout(20, once(target, 'never')));
      yield* race([once(target, 'never'), sleep(1)]);
      return [during, listeners, timedOut instanceof Timeout, killed.exception instanceof GreenletExit];
    }),

  events: () =>
    run(function* () {
      const keys: string[] = [];
      let prevented = 0;
      const pressed = events(button, 'keydown', { heard: (event) => event.preventDefault() });
      for (const key of 'abc') {
        const event = new KeyboardEvent('keydown', { key, cancelable: true });
        button.dispatchEvent(event);
        if (event.defaultPrevented) prevented += 1;
      }
      yield* forEach(pressed, function* (event) {
        keys.push(event.key);
        yield* sleep(1);
        if (event.key === 'c') pressed.return();
      });
      button.dispatchEvent(new KeyboardEvent('keydown', { key: 'd' }));
      return [keys, prevented];
    }),

  frames: () =>
    run(function* () {
      const first = yield* animationFrame();
      const second = yield* animationFrame();
      const late = spawn(() => animationFrame());
      yield* sleep(0);
      yield* late.kill();
      return second > first;
    }),

  patches: () => {
    patchAll();
    const during = [
      isPatched('promise'),
      isPatched('fetch'),
      isPatched('timers'),
      isPatched('streams'),
      isPatched('indexedDb'),
    ];
    unpatchAll();
    return [during, isPatched('fetch'), String(fetch).includes('native code')];
  },

  fetch: () =>
    patched(function* () {
      const echoes = yield* all(
        [1, 2, 3].map(
          (n) =>
            function* () {
              const response = yield* fetch('/echo', { method: 'POST', body: `body ${n}` });
              return yield* response.text();
            },
        ),
      );
      const wrong = spawn(function* () {
        yield* fetch('http://[', {});
      });
      yield* wrong.join();
      return [echoes, nameOf(wrong.exception)];
    }),

  /** A greenlet that waits for the head, and one that waits for the rest of the body. */
  fetchKilled: () =>
    patched(function* () {
      const head = spawn(() => fetch('/slow?head'));
      const body = spawn(function* () {
        const response = yield* fetch('/half?body');
        return yield* response.text();
      });
      yield* arrived('/slow?head');
      yield* arrived('/half?body');
      yield* killall([head, body]);
      const first = yield* race([() => fetch('/slow?lost'), arrived('/slow?lost')]);
      return [nameOf(head.exception), nameOf(body.exception), new URL((first as Response).url).pathname];
    }),

  fetchOfOwnSignal: () =>
    patched(function* () {
      const controller = new AbortController();
      const asked = spawn(() => fetch('/slow?own', { signal: controller.signal }));
      yield* arrived('/slow?own');
      controller.abort(new Error('mine'));
      yield* asked.join();
      return (asked.exception as Error).message;
    }),

  timers: () =>
    patched(function* () {
      const order: string[] = [];
      let over = (): void => {};
      const isOver = new Promise<void>((settle) => {
        over = settle;
      });
      setTimeout(
        function* (name: string) {
          order.push(`begins ${name}`);
          yield* sleep(1);
          order.push('ends');
          over();
        } as never,
        1,
        'one',
      );
      yield* isOver;
      return order;
    }),

  streams: () =>
    patched(function* () {
      const text = 'greenhub '.repeat(10_000);
      const packed = new Blob([text]).stream().pipeThrough(new CompressionStream('gzip'));
      const reader = packed
        .pipeThrough(new DecompressionStream('gzip'))
        .pipeThrough(new TextDecoderStream())
        .getReader();
      let got = '';
      for (let step = yield* reader.read(); !step.done; step = yield* reader.read()) got += step.value;
      const pipe = new TransformStream<string, string>();
      const piped = spawn(() =>
        new Blob(['piped']).stream().pipeThrough(new TextDecoderStream()).pipeTo(pipe.writable),
      );
      const chunks: string[] = [];
      yield* forEach(pipe.readable, (chunk) => void chunks.push(chunk));
      yield* piped;
      return [got === text, chunks];
    }),

  /** Spawns two greenlets: one reads the body of a fetch, the other writes to a stream without a reader. */
  streamsKilled: () =>
    patched(function* () {
      const { body } = yield* fetch('/half?stream');
      if (body === null) throw new Error('there is no body');
      const { readable, writable } = new TransformStream<string, string>();
      const reading = spawn(function* () {
        const reader = body.getReader();
        for (;;) yield* reader.read();
      });
      const writing = spawn(function* () {
        yield* writable.getWriter().write('lost');
      });
      yield* sleep(0);
      const during = [body.locked, writable.locked];
      yield* killall([reading, writing]);
      while (body.locked || writable.locked) yield* sleep(1);
      const error = yield* failureOf(until(readable.getReader().read()));
      return [during, nameOf(reading.exception), nameOf(writing.exception), nameOf(error)];
    }),

  indexedDb: () =>
    patched(function* () {
      const opening = indexedDB.open('greenhub', 1);
      opening.onupgradeneeded = () => opening.result.createObjectStore('pages');
      const db = yield* opening;
      const writing = db.transaction('pages', 'readwrite');
      const pages = writing.objectStore('pages');
      for (const n of [1, 2, 3]) yield* pages.put(`page ${n}`, n);
      yield* writing;
      const read = db.transaction('pages').objectStore('pages');
      const found = [yield* read.get(2), yield* read.count()];
      const bad = spawn(function* () {
        yield* db.transaction('pages', 'readwrite').objectStore('pages').add('again', 2);
      });
      yield* bad.join();
      const killed = db.transaction('pages', 'readwrite');
      killed.objectStore('pages').put('lost', 4);
      const waiter = spawn(function* () {
        yield* killed;
      });
      yield* sleep(0);
      yield* waiter.kill();
      const after = yield* db.transaction('pages').objectStore('pages').get(4);
      db.close();
      yield* indexedDB.deleteDatabase('greenhub');
      return [found, nameOf(bad.exception), after];
    }),

  webSocket: (url: string) =>
    run(function* () {
      const socket = yield* connectWebSocket(`${url}/echo`, { protocols: ['a', 'b'] });
      yield* socket.send('text');
      yield* socket.send(new Uint8Array([1, 2, 3]));
      const text = yield* socket.recv();
      const bytes = new Uint8Array((yield* socket.recv()) as ArrayBuffer);
      yield* socket.send('close me');
      const left: unknown[] = [];
      yield* forEach(socket.messages(), (message) => void left.push(message));
      const closed = yield* failureOf(socket.recv());
      const sent = yield* failureOf(socket.send('late'));
      yield* socket.close();
      return [socket.protocol, text, [...bytes], left, codeOf(closed), codeOf(sent), String(socket)];
    }),

  webSocketRefused: (url: string) =>
    run(function* () {
      const refused = yield* failureOf(connectWebSocket(`${url}/refused`));
      const killed = spawn(() => connectWebSocket(`${url}/silent`));
      yield* arrived('/silent');
      yield* killed.kill();
      return [codeOf(refused), nameOf(killed.exception)];
    }),

  /** The server reads only after it is told to: the sender waits for that. */
  webSocketBackPressure: (url: string) =>
    run(function* () {
      const socket = yield* connectWebSocket(`${url}/stalled`, { highWaterMark: 1_000 });
      let sent = 0;
      const sender = spawn(function* () {
        for (; sent < 200; sent += 1) yield* socket.send('x'.repeat(500_000));
      });
      // The server reads nothing yet, so the sender cannot end.
      yield* until(fetch('/stalled'));
      const held = sent;
      yield* until(fetch('/resume'));
      yield* sender;
      yield* socket.close();
      return [held < 200, sent];
    }),

  ports: () =>
    run(function* () {
      const { port1, port2 } = new MessageChannel();
      const [a, b] = [openPort<string>(port1), openPort<ArrayBuffer>(port2)];
      b.send('one');
      b.send('two');
      const bytes = new ArrayBuffer(8);
      a.send(bytes, [bytes]);
      const got = [yield* a.recv(), yield* a.recv(), (yield* b.recv()).byteLength, bytes.byteLength];
      const waiter = spawn(() => a.recv());
      yield* sleep(0);
      a.close();
      yield* waiter.join();
      return [got, nameOf(waiter.exception), String(a).replace(/\d+/, 'N')];
    }),

  worker: () =>
    run(function* () {
      const source = `onmessage = ({ data }) => { if (data === 'fail') throw new Error('oh'); postMessage(data * 2); };`;
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      const port = openPort<number>(new Worker(url));
      for (const n of [1, 2, 3]) port.send(n);
      const doubled = [yield* port.recv(), yield* port.recv(), yield* port.recv()];
      port.send('fail');
      const error = yield* failureOf(port.recv());
      port.close();
      return [doubled, /the worker has failed: .*oh/.test((error as Error).message)];
    }),
};

function patched<T>(body: () => Coroutine<T>): Promise<T> {
  patchAll();
  return run(body).finally(unpatchAll);
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : String(error);
}

function codeOf(error: unknown): unknown {
  return error instanceof WebSocketClosedError ? error.code : String(error);
}

function* failureOf(operation: Operation<unknown>): Coroutine<unknown> {
  try {
    yield* operation;
    return 'nothing was thrown';
  } catch (error) {
    return error;
  }
}

export type Tests = typeof tests;

Object.assign(globalThis, { tests });
