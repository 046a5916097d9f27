import type { CommandFolder } from './command.ts';

/**
 * A program that has started a process and a thread, and the process another one. Each of them has a greenlet `nap` that sleeps. It
 * prints its id when all of them run.
 */
export function writeFamily(folder: CommandFolder): string {
  return folder.write(
    'family.js',
    `import { run, sleep, spawn } from 'greenhub';
    import * as mp from 'greenhub/process';

    export const parent = mp.remote(import.meta.url, 'parent', function* parent(started) {
      new mp.Process({ target: nap, name: 'Grandchild', args: [started], daemon: true }).start();
      yield* nap(started);
    });

    export const nap = mp.remote(import.meta.url, 'nap', function* nap(started) {
      spawn(function* inner() { yield* sleep(600_000); });
      yield* started.put(1);
      yield* sleep(600_000);
    });

    if (mp.isMainProcess) {
      run(function* main() {
        const started = new mp.Queue();
        const children = [
          new mp.Process({ target: parent, name: 'Child', args: [started] }),
          new mp.Process({ target: nap, name: 'Thread', kind: 'thread', args: [started], daemon: true }),
        ];
        for (const child of children) child.start();
        for (let n = 0; n < 3; n += 1) yield* started.get();
        console.log(process.pid);
        try {
          yield* sleep(600_000);
        } finally {
          for (const child of children) child.terminate();
        }
      });
    }`,
  );
}
