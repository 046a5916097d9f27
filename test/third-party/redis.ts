import { existsSync } from 'node:fs';
import { ServerProcess } from './server-process.ts';

const COMMAND = '/usr/bin/redis-server';

/**
 * A Redis server for tests; undefined if it is not installed.
 *
 * @param options `persistent`: it writes an append-only file, so that it has its data again when it is started again
 */
export function redis({ persistent = false } = {}): ServerProcess | undefined {
  if (!existsSync(COMMAND)) return undefined;
  return new ServerProcess({
    command: COMMAND,
    ready: /Ready to accept connections/,
    stopSignal: 'SIGTERM',
    args: (folder, port) => [
      '--bind',
      '127.0.0.1',
      '--port',
      `${port}`,
      '--dir',
      folder,
      '--save',
      '',
      '--appendonly',
      persistent ? 'yes' : 'no',
    ],
  });
}
