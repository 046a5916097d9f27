import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is refused. */
export interface Refusal {
  readonly status: 401 | 403;
  readonly reason: string;
}

/**
 * Decides which requests are answered. A web site may lead its own name to this machine (DNS rebinding), so a `Host` other than
 * loopback is refused, and a page of another origin, even one of another port, is refused too. Everything else needs the token. The
 * port of `Host` is free, so that a forwarded port works.
 */
export class Access {
  private readonly digest: Buffer;

  constructor(token: string) {
    this.digest = digestOf(token);
  }

  /** Null if the request may be answered. */
  refusal({ headers }: IncomingMessage, token: string): Refusal | null {
    const { host = '', origin } = headers;
    if (!/^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host)) {
      return { status: 403, reason: 'the console answers only to a loopback name in the Host header' };
    }
    if (origin !== undefined && origin !== `http://${host}`) {
      return { status: 403, reason: 'the console answers only to its own page' };
    }
    // Compared in constant time, so that the time of an answer tells nothing.
    if (timingSafeEqual(digestOf(token), this.digest)) return null;
    return { status: 401, reason: 'the address needs the token that serve() gave' };
  }
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
