/**
 * Node's modules, taken without an import. An import reads all that a module exports, and some exports load more when
 * they are read. For `WebSocket` of `node:http`, Node 24 and later load their undici, whose agent would then be the
 * global dispatcher of a program that has its own undici. `node:util` loads `worker_threads`.
 *
 * A function stands for a module that is loaded on first use. What a program does not use must not make its process
 * larger, because a larger process takes longer to start a child.
 */
import type * as Http from 'node:http';
import type * as Https from 'node:https';
import type * as WebStreams from 'node:stream/web';
import type * as Tls from 'node:tls';
import type * as Util from 'node:util';

export const http: typeof Http = process.getBuiltinModule('node:http');
export const util: typeof Util = process.getBuiltinModule('node:util');

export const https = (): typeof Https => process.getBuiltinModule('node:https');
export const tls = (): typeof Tls => process.getBuiltinModule('node:tls');
export const webStreams = (): typeof WebStreams => process.getBuiltinModule('node:stream/web');

/** Whether a stream is a TLS socket. It loads nothing to find out. */
export function isTlsSocket(stream: object): boolean {
  return (stream as Partial<Tls.TLSSocket>).encrypted === true;
}
