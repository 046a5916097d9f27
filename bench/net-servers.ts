/**
 * The jobs and the sides of `npm run bench net`. Each side has its own file with a server for each job, and its own process that
 * loads nothing of the other sides: patches and greenhub must not affect the plain side.
 */

/** Starts a server on loopback and returns its port. */
export type Start = () => Promise<number>;

export interface Servers {
  /** Reads up to an empty line and sends a fixed HTTP response over a plain socket, so that an HTTP tool can load it. */
  answer: Start;
  /** Echoes its input. */
  echo: Start;
  /** Answers over HTTP. */
  hello: Start;
}

export type Job = keyof Servers;

const sides = {
  plain: () => import('./net-plain.ts'),
  greenhub: () => import('./net-greenhub.ts'),
  patched: () => import('./net-patched.ts'),
};

export type SideName = keyof typeof sides;

export async function startServer(side: SideName, job: Job): Promise<number> {
  const { servers } = await sides[side]();
  return servers[job]();
}

export const LOOPBACK = { port: 0, host: '127.0.0.1' };
/** Small, as most responses are, to show the cost of a request and not of its bytes. */
export const TEXT = 'hello, world\n';
export const END_OF_HEAD = Buffer.from('\r\n\r\n');
export const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${TEXT.length}\r\n\r\n${TEXT}`,
);
