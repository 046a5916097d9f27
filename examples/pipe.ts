// A Pipe: two connections, each of which receives what the other sends. The parent keeps one end and gives the other to a
// child. When the parent closes its end, the child's recv() throws an EOFError, and the child ends.
// Run: npm run example pipe

import { run } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

export const shout = mp.remote(import.meta.url, 'shout', function* shout(pipe: mp.Connection<string>) {
  let count = 0;
  try {
    for (;;) {
      const text = yield* pipe.recv();
      yield* pipe.send(`${text.toUpperCase()}!`);
      count += 1;
    }
  } catch (error) {
    if (!(error instanceof mp.EOFError)) throw error;
  }
  return count;
});

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    const [ours, theirs] = mp.Pipe<string>();
    const child = new mp.Process({ target: shout, args: [theirs] }).start(); // `theirs` is the child's from here on
    for (const text of ['hello', 'is anybody there', 'goodbye']) {
      yield* ours.send(text);
      console.log(`${text} → ${yield* ours.recv()}`);
    }
    ours.close();
    console.log(`the child has answered ${yield* child} times`);
  });
}
