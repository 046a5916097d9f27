// A daemon process ends with its parent, even in mid-sleep: its greenlets are killed, so its `finally` runs. The parent
// waits for every other process before it ends.
// Run: npm run example daemon-process

import { all, run, sleep } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

/** What both processes run. */
export const rest = mp.remote(import.meta.url, 'rest', function* rest(ms: number, asleep: mp.Event) {
  const { name } = mp.currentProcess();
  try {
    console.log(`  ${name} sleeps for ${ms / 1_000} s`);
    asleep.set();
    yield* sleep(ms);
    console.log(`  ${name} has slept`);
  } finally {
    console.log(`  ${name} ends`);
  }
});

// A child imports this module too, to find `rest`.
if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    const [first, second] = [new mp.Event(), new mp.Event()];
    new mp.Process({ target: rest, args: [600_000, first], name: 'the daemon', daemon: true }).start();
    new mp.Process({ target: rest, args: [500, second], name: 'the worker' }).start();
    yield* all([first.wait(), second.wait()]);
    console.log('the parent has nothing left to do');
  });
}
