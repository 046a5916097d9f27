/**
 * A thread in a child process that sees the end of the parent even while the main thread spins. It reads a pipe whose other end
 * only the parent has, so there is nothing to poll.
 */
import { Socket } from 'node:net';
import { workerData } from 'node:worker_threads';

/** How long the process may take to end by itself, in milliseconds. */
const PATIENCE = 1_000;

const parent = new Socket({ fd: (workerData as { fd: number }).fd, readable: true, writable: false });
parent.on('error', () => {});
parent.on('close', () => {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), PATIENCE);
});
parent.resume();
