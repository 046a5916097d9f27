// A module of `--import`, which each process of a program loads before anything else.
import { isMainProcess, Process } from 'greenhub/process';

console.log(isMainProcess ? 'main' : 'child');

if (process.env.GREENHUB_TEST_START !== undefined) {
  delete process.env.GREENHUB_TEST_START;
  new Process({ target: { module: new URL('./lives.js', import.meta.url), export: 'nothing' } }).start();
}
