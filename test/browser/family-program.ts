/** A program with a process that has a thread, for the tree of the console. */
import { run, sleep, spawn } from 'greenhub';
import { serve } from 'greenhub/inspect';
import * as mp from 'greenhub/process';

export const parent = mp.remote(import.meta.url, 'parent', function* parent() {
  new mp.Process({ target: nap, name: 'Grandchild', kind: 'thread', daemon: true }).start();
  yield* nap();
});

export const nap = mp.remote(import.meta.url, 'nap', function* nap() {
  spawn(function* inner() {
    yield* sleep(600_000);
  });
  yield* sleep(600_000);
});

if (mp.isMainProcess) {
  run(function* main() {
    const { url } = yield* serve();
    new mp.Process({ target: parent, name: 'Child' }).start();
    console.log(url);
    yield* sleep(600_000);
  });
}
