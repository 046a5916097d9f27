import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example traffic-light-processes');

test('processes wait for green, and one that arrives at green does not', async () => {
  const { code, stdout, stderr } = await run('traffic-light-processes');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const printed = lines(stdout);
  const names = ['bus', 'lorry', 'taxi'];
  assert.is(printed[0], 'the light is red');
  assert.equal(
    printed.slice(1, 4).sort(),
    names.map((name) => `  the ${name} stops`),
  );
  assert.is(printed[4], 'the light is green');
  assert.equal(
    printed.slice(5, 8).sort(),
    names.map((name) => `  the ${name} drives`),
  );
  assert.equal(printed.slice(8), ['  the van drives', 'the light is red']);
});

test.run();
