/** The calls of `greenhub/net` and `greenhub/monkey` that take options. */
import { ChildProcess } from 'node:child_process';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import type { EventEmitter } from 'node:events';
import { IncomingMessage, OutgoingMessage } from 'node:http';
import { createServer as createNodeServer, Socket as Stream } from 'node:net';
import * as assert from 'uvu/assert';
import {
  type BodyMethods,
  type ChildMethods,
  type DatagramMethods,
  isPatched,
  patchAll,
  type ReadMethods,
  type SendMethods,
  unpatchAll,
} from '../../lib/monkey/index.ts';
import {
  bindDatagram,
  connect,
  connectDatagram,
  connectTls,
  createServer,
  DatagramServer,
  type DatagramSocket,
  HttpBody,
  HttpServer,
  HttpServerRequest,
  HttpServerResponse,
  request,
  StreamServer,
  socketPair,
} from '../../lib/net/index.ts';
import type { Exchange } from '../../lib/net/request-exchange.ts';
import type { Case, Subject } from './options.ts';

type Calls<T> = { readonly [method: string]: (object: T, options: never) => unknown };

/** Cases of the methods of an object. They must leave no listener on it. */
function methods<T>(
  owner: string,
  calls: Calls<T>,
  make: () => T & EventEmitter,
  end: (object: T & EventEmitter) => unknown,
): Case[] {
  return Object.entries(calls).map(([method, fn]) => ({
    name: `${owner}.${method}`,
    make() {
      const object = make();
      const listeners = listenersOf(object);
      return {
        call: (options) => fn(object, options),
        assertUntouched: () => assert.equal(listenersOf(object), listeners),
        end: () => void end(object),
      };
    },
  }));
}

/** The same with the patches on. */
function patchedMethods<T>(
  owner: string,
  calls: Calls<T>,
  make: () => T & EventEmitter,
  end: (object: T & EventEmitter) => unknown,
): Case[] {
  return methods(owner, calls, make, end).map(({ make: makeSubject, ...rest }) => ({
    ...rest,
    async make() {
      patchAll();
      const subject = await makeSubject();
      return {
        ...subject,
        end() {
          subject.end?.();
          unpatchAll();
        },
      };
    },
  }));
}

function listenersOf(emitter: EventEmitter): unknown[] {
  return emitter.eventNames().map((event) => [event, emitter.listenerCount(event)]);
}

const reading: Calls<ReadMethods> = {
  recv: (stream, options) => stream.recv(10, options),
  recvExactly: (stream, options) => stream.recvExactly(10, options),
  readUntil: (stream, options) => stream.readUntil('\n', options),
  readLine: (stream, options) => stream.readLine(options),
};
const sending: Calls<SendMethods> = { sendall: (stream, options) => stream.sendall('hello', options) };
const receiving: Calls<DatagramMethods> = {
  recv: (socket, options) => socket.recv(options),
  recvfrom: (socket, options) => socket.recvfrom(options),
};
const bodies: Calls<BodyMethods> = {
  text: (message, options) => message.text(options),
  json: (message, options) => message.json(options),
  bytes: (message, options) => message.bytes(options),
};
const httpBodies: Calls<HttpBody> = {
  ...bodies,
  arrayBuffer: (body, options) => body.arrayBuffer(options),
  blob: (body, options) => body.blob(options),
  dump: (body, options) => body.dump(options),
};

function destroy(stream: object): void {
  (stream as Stream).destroy();
}

/** Methods of a connected socket. They must not have read or sent anything. */
function ofSocket(): Case[] {
  return Object.entries({ ...reading, ...sending }).map(([method, fn]) => ({
    name: `Socket.${method}`,
    async make() {
      const [left, right] = await socketPair();
      await left.sendall('kept\n');
      return {
        call: (options) => fn(right, options),
        async assertUntouched() {
          assert.is(await right.readLine(), 'kept');
          right.close();
          assert.is((await left.recv()).length, 0);
        },
        end: () => left.close(),
      };
    },
  }));
}

function ofBody(): Case[] {
  return Object.entries(httpBodies).map(([method, fn]) => ({
    name: `HttpBody.${method}`,
    option: 'limit',
    make() {
      const body = new HttpBody({ headers: {}, used: false, over: false } as Exchange);
      return { call: (options) => fn(body, options), assertUntouched: () => assert.is(body.used, false) };
    },
  }));
}

/** Methods of a server. Afterwards it can be started and stopped as before. */
function ofServer<S extends StreamServer | HttpServer>(
  name: string,
  option: string,
  makeServer: () => S,
  fn: (server: S, options: never) => unknown,
): Case {
  return {
    name,
    option,
    make() {
      const server = makeServer();
      return {
        call: (options) => fn(server, options),
        async assertUntouched() {
          assert.is(server.address, null);
          await server.start({ port: 0, host: '127.0.0.1' });
        },
        end: async () => void (await server.stop()),
      };
    },
  };
}

/** Calls that create something. They must not create it if they are refused. */
function call(name: string, fn: (options: never) => unknown, option = 'timeout', foreign = false): Case {
  return { name, option, foreign, make: (): Subject => ({ call: fn }) };
}

const streamServer = (): StreamServer => createServer(() => {});
const httpServer = (): HttpServer => new HttpServer({ port: 0, host: '127.0.0.1' }, () => {});

const HERE = { port: 9, host: '127.0.0.1' };

export const netCases: readonly Case[] = [
  ...ofSocket(),
  ...ofBody(),
  ...methods<HttpServerRequest>(
    'HttpServerRequest',
    { ...reading, ...bodies },
    () => new HttpServerRequest(new Stream()),
    destroy,
  ),
  ...methods('HttpServerResponse', sending, () => new HttpServerResponse(new HttpServerRequest(new Stream())), destroy),
  ...['recvfrom', 'recv', 'send', 'sendto'].map(
    (method): Case => ({
      name: `DatagramSocket.${method}`,
      async make() {
        const socket = await bindDatagram({ port: 0, host: '127.0.0.1' });
        const calls: Calls<DatagramSocket> = {
          ...receiving,
          send: (sender, options) => sender.send('hello', options),
          sendto: (sender, options) => sender.sendto('hello', HERE.port, HERE.host, options),
        };
        const listeners = listenersOf(socket.socket);
        return {
          call: (options) => calls[method]?.(socket, options),
          assertUntouched: () => assert.equal(listenersOf(socket.socket), listeners),
          end: () => socket.close(),
        };
      },
    }),
  ),
  {
    name: 'DatagramServer.sendto',
    async make() {
      const server = new DatagramServer({ port: 0, host: '127.0.0.1' }, () => {});
      await server.start();
      return {
        call: (options) => server.sendto('hello', { port: HERE.port, address: HERE.host }, options),
        end: async () => void (await server.stop()),
      };
    },
  },
  ofServer('Lifecycle.stop', 'timeout', streamServer, (server, options) => server.stop(options)),
  ofServer('Lifecycle.serveForever', 'stopTimeout', streamServer, (server, options) => server.serveForever(options)),
  ofServer('HttpServer.stop', 'drain', httpServer, (server, options) => server.stop(options)),
  ofServer('HttpServer.serveForever', 'drain', httpServer, (server, options) => server.serveForever(options)),
  call('new StreamServer', (options) => new StreamServer(0, () => {}, options), 'backlog'),
  call('new HttpServer', (options) => new HttpServer(0, () => {}, options), 'backlog'),
  call('new DatagramServer', (options) => new DatagramServer(0, () => {}, options), 'pool'),
  call('createServer', (options) => createServer(() => {}, options), 'backlog'),
  call('connect', (options) => connect(HERE.port, HERE.host, options)),
  call('connect', (options) => connect(HERE, options)),
  call('connectTls', (options) => connectTls(HERE, options)),
  call('bindDatagram', (options) => bindDatagram(0, HERE.host, options)),
  call('bindDatagram', (options) => bindDatagram({}, options)),
  call('connectDatagram', (options) => connectDatagram(HERE.port, HERE.host, options)),
  call('connectDatagram', (options) => connectDatagram(HERE, options)),
  call('request', (options) => request('http://127.0.0.1:9', options), 'timeout', true),
  call('request', (options) => request('http://127.0.0.1:9', options), 'headersTimeout', true),

  ...patchedMethods('ReadMethods', reading, () => new Stream(), destroy),
  ...patchedMethods('SendMethods', sending, () => new Stream(), destroy),
  ...patchedMethods('SendMethods', sending, () => new OutgoingMessage(), destroy),
  ...patchedMethods('BodyMethods', bodies, () => new IncomingMessage(new Stream()), destroy),
  ...patchedMethods(
    'ServerMethods',
    { accept: (server, options) => server.accept(options) },
    createNodeServer,
    () => {},
  ),
  ...patchedMethods(
    'DatagramMethods',
    receiving,
    () => createSocket('udp4'),
    (socket) => (socket as UdpSocket).close(),
  ),
  ...patchedMethods<ChildMethods>(
    'ChildMethods',
    {
      wait: (child, options) => child.wait(options),
      communicate: (child, options) => child.communicate('input', options),
    },
    () => new ChildProcess(),
    () => {},
  ),
  {
    name: 'patchAll',
    option: 'timers',
    make: () => ({
      call: (options) => patchAll(options),
      assertUntouched: () => assert.is(isPatched('promise'), false),
      end: unpatchAll,
    }),
  },
];
