// The bare worker of `npm run bench process`: a thread, or a process with an IPC channel.
import { parentPort } from 'node:worker_threads';

/** @param {[number, unknown, number]} message */
const answer = ([id, a, b]) => [
  id,
  a instanceof Uint8Array ? a.byteLength : Array.isArray(a) ? a.map((n) => n + 1) : Number(a) + b,
];

if (parentPort !== null) parentPort.on('message', (message) => parentPort?.postMessage(answer(message)));
else process.on('message', (message) => process.send?.(answer(/** @type {[number, unknown, number]} */ (message))));
