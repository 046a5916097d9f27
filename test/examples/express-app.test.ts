import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run, start } from './program.ts';

const test = suite('example express-app');

test('without a port it runs a demonstration and ends', async () => {
  const { code, stdout, stderr } = await run('express-app');
  const [first, ...printed] = lines(stdout);
  assert.match(first ?? '', /^listening on http:/);
  assert.equal(printed, [
    '/: 200 hello',
    '/sleep?ms=50: 200 slept 50 ms',
    '/fail: 500 sorry: nothing works today',
    '/sleep?ms=long: 400 ms is a number of milliseconds, 60000 at the most',
    'a client disconnected and did not wait 60000 ms',
  ]);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test('it notices a client that goes away, and Ctrl-C ends it', async () => {
  const program = start('express-app', '0');
  await program.printed('\n');
  const [, origin = ''] = /^listening on (http:\S+)\n/.exec(program.output()) ?? [];
  const sleeper = get(`${origin}/sleep?ms=60000`);
  sleeper.on('error', () => {});
  await once(sleeper, 'finish');
  // On a later connection: when this is answered, the sleeper is being served.
  const [answer] = await once(get(origin, { agent: false }), 'response');
  assert.is(await text(answer), 'hello\n');
  sleeper.destroy();
  await program.printed('a client disconnected and did not wait 60000 ms\n');
  program.interrupt();
  const { code, stderr } = await program.ended;
  assert.equal({ code, stderr }, { code: 130, stderr: '' });
});

test.run();
