import type { ListenOptions, Server } from 'node:net';
import { reportOnce } from './guarded.ts';

/**
 * Lets a server listen. Once it does, its errors, such as too many open files, are reported: they must not end the program that it
 * shows.
 *
 * @returns a promise that is fulfilled when it listens
 * @throws the error of the host if it cannot listen
 */
export function startListening(server: Server, where: ListenOptions): Promise<void> {
  return new Promise((settle, fail) => {
    server.once('error', fail).listen(where, () => {
      server.off('error', fail).on('error', reportOnce);
      settle();
    });
  });
}
