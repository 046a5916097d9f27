/** The program of a worker and of a fork that greenhub has not started. */
import { parentPort } from 'node:worker_threads';
import { currentProcess, isMainProcess, parentProcess } from 'greenhub/process';

const told = [isMainProcess, currentProcess().name, parentProcess()];
if (parentPort !== null) parentPort.postMessage(told);
else process.send?.(told);
