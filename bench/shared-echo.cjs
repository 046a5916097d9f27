// The bare side of `npm run bench shared`: sends each message back.
const { parentPort } = require('node:worker_threads');

if (parentPort !== null) parentPort.on('message', (message) => parentPort?.postMessage(message));
else process.on('message', (message) => process.send?.(message));
