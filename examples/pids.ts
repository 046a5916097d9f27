// A parent, its child and its grandchild: each process has a pid of its own and knows its parent. A thread has the pid of
// its process. Node cannot fork() a running program: a child starts anew and imports the module of its target, so
// `isMainProcess` guards what only the program itself is to do.
// Run: npm run example pids

import { run } from 'greenhub';
import * as mp from 'greenhub/process';
import { noArguments } from './support/arguments.ts';

export const child = mp.remote(import.meta.url, 'child', function* child() {
  introduce();
  yield* new mp.Process({ target: introduce, name: 'the grandchild' }).start();
});

export const introduce = mp.remote(import.meta.url, 'introduce', function introduce() {
  const { name, pid, kind } = mp.currentProcess();
  const parent = mp.parentProcess();
  const whose = parent === null ? '' : `, child of ${parent.name} with pid ${parent.pid}`;
  console.log(`${name} is a ${kind} with pid ${pid}${whose}`);
});

if (mp.isMainProcess) {
  noArguments();
  run(function* main() {
    introduce();
    yield* new mp.Process({ target: child, name: 'the child' }).start();
    yield* new mp.Process({ target: introduce, name: 'the thread', kind: 'thread' }).start();
  });
}
