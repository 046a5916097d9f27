import { type Coroutine, type Operation, operation } from '../greenlet/operation.ts';
import { kindOf } from '../hub/checks/kind-of.ts';
import { checkedOptions, type OptionNames } from '../hub/checks/options.ts';
import { until } from '../hub/parking/until.ts';
import type { Place } from './console/server.ts';

export interface ServeOptions {
  /** The port to listen on. By default 0: any free port. */
  port?: number | undefined;
  /** The address to listen on: a loopback address (`127.0.0.1`, `::1`) or `localhost`. By default `127.0.0.1`. */
  host?: string | undefined;
  /** What each request must carry. By default random; at least 16 characters of `A-Z a-z 0-9 - _`. */
  token?: string | undefined;
}

/** A web console that is being served. */
export interface ConsoleServer extends Disposable {
  /** The address of the page, with the token. Whoever knows it can look at the program and kill its greenlets. */
  readonly url: string;
  /** Stops serving at once, and disconnects open pages. A second call does nothing. */
  close(): void;
}

const OPTIONS: OptionNames<ServeOptions> = { port: 'number', host: 'string', token: 'string' };

/**
 * Serves the web console of this program: a page that shows what runs, what each greenlet waits for, and who holds it, and that can
 * kill greenlets. Only this machine can reach it, and only with the token in its address. It keeps no program alive, and costs nothing
 * while no page is open.
 *
 * @returns an operation that gives the address of the page when the server listens. If it is cancelled, it leaves no server
 * @throws Node's own error if it cannot listen (`code`: EADDRINUSE, EACCES, …); TypeError or RangeError at once if an option is wrong
 *
 * @example
 * const { url } = yield* serve();
 * console.error(`look at it: ${url}`);
 */
export function serve(options?: ServeOptions): Operation<ConsoleServer> {
  const { port = 0, host = '127.0.0.1', token } = checkedOptions(options, OPTIONS, 'serve()') ?? {};
  checkPort(port);
  checkHost(host);
  if (token !== undefined) checkToken(token);
  return operation(() => serving({ port, host, token }), 'serve()');
}

function* serving(place: Place): Coroutine<ConsoleServer> {
  // Loaded only now: a program that serves no console does not pay for it.
  const { listen } = yield* until(() => import('./console/server.ts'));
  return yield* until((signal) => listen(place, signal));
}

/** Node takes some other values for a free port or a path. */
function checkPort(port: unknown): void {
  if (typeof port !== 'number') throw new TypeError(`the port of serve() must be a number, not ${kindOf(port)}`);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return;
  throw new RangeError(`the port of serve() must be a whole number from 0 to 65535, not ${port}`);
}

function checkHost(host: unknown): void {
  if (typeof host !== 'string') throw new TypeError(`the host of serve() must be a string, not ${kindOf(host)}`);
  if (/^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/.test(host)) return;
  throw new RangeError(
    `serve() listens only on loopback, because the console can kill greenlets; use 127.0.0.1, ::1 or localhost, not ${host}. ` +
      'To look from another machine, forward the port (ssh -L)',
  );
}

function checkToken(token: unknown): void {
  if (typeof token !== 'string') throw new TypeError(`the token of serve() must be a string, not ${kindOf(token)}`);
  if (/^[\w-]{16,}$/.test(token)) return;
  throw new RangeError('the token of serve() must have at least 16 characters, each a letter, a digit, - or _');
}
