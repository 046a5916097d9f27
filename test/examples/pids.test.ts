import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { run } from './program.ts';

const test = suite('example pids');

test('each process has its own pid and knows its parent, and a thread has the pid of its process', async () => {
  const { code, stdout, stderr } = await run('pids');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const [main, child, grandchild] = [...stdout.matchAll(/is a process with pid (\d+)/g)].map(([, pid]) => pid);
  assert.is(new Set([main, child, grandchild]).size, 3);
  assert.is(
    stdout,
    `MainProcess is a process with pid ${main}
the child is a process with pid ${child}, child of MainProcess with pid ${main}
the grandchild is a process with pid ${grandchild}, child of the child with pid ${child}
the thread is a thread with pid ${main}, child of MainProcess with pid ${main}
`,
  );
});

test.run();
