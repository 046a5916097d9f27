// Reads the lines of a child process. If no line comes in time, the child is ended.

import { spawn as start } from 'node:child_process';
import { createInterface } from 'node:readline';
import { forEach, Queue, run, ShutDown, spawn, Timeout, withTimeout } from 'greenhub';
import { patchAll } from 'greenhub/monkey';

patchAll();

function* linesOf(program: string, limit: number, onLine: (line: string) => void) {
  const child = start(process.execPath, ['--eval', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = new Queue<string>(100);
  const reader = spawn(function* () {
    yield* forEach(createInterface({ input: child.stdout }), (line) => lines.put(line));
    lines.shutdown();
  });
  try {
    for (;;) onLine(yield* withTimeout(limit, lines.get()));
  } catch (error) {
    if (!(error instanceof ShutDown)) throw error; // the end of the output
    return (yield* child.wait()).code;
  } finally {
    reader.kill();
    child.kill();
  }
}

await run(function* main() {
  const code = yield* linesOf(`console.log('one\\ntwo'); process.exitCode = 3;`, 60_000, console.log);
  console.log(`ended with ${code}`);
  try {
    yield* linesOf('setInterval(() => {}, 1000)', 50, console.log);
  } catch (error) {
    console.log(error instanceof Timeout ? 'no line came in time' : error);
  }
});
