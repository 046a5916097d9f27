/**
 * What is served in `npm run bench net`, and by whom. Each side has a file of its own with a server for each job, and
 * runs in a process of its own that loads nothing of the others: patches and greenhub must not reach the plain one.
 */

/** Starts a server on loopback and gives its port. */
export type Start = () => Promise<number>;

export interface Servers {
  /** Reads up to an empty line and sends a fixed HTTP response, over a plain socket: so a tool for HTTP can load it. */
  answer: Start;
  /** Sends back what it gets. */
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
/** Of a small size, as most are: the cost of a request is to be seen and not that of its bytes. */
export const TEXT = 'hello, world\n';
export const END_OF_HEAD = Buffer.from('\r\n\r\n');
export const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: ${TEXT.length}\r\n\r\n${TEXT}`,
);
