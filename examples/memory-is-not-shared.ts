// Processes share no variables: a child imports the module anew and changes its own copy. An argument is a copy as well.
// What the parent is to know, the target returns. The same holds for threads.
// Run: npm run example memory-is-not-shared

import { run } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

let counter = 0;

export const change = mp.remote(import.meta.url, 'change', function change(list: string[]) {
  counter += 100;
  list.push('a new item');
  return { counter, list };
});

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    const list = ['an item'];
    counter = 1;
    for (const kind of ['process', 'thread'] as const) {
      const child = new mp.Process({ target: change, args: [list], kind }).start();
      console.log(`in the ${kind}:`, yield* child);
      console.log('in the parent:', { counter, list });
    }
  });
}
