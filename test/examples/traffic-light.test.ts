import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run } from './program.ts';

const test = suite('example traffic-light');

test('cars wait for green, and a car that arrives at green does not', async () => {
  const { code, stdout, stderr } = await run('traffic-light');
  assert.equal(lines(stdout), [
    'the light is red',
    '  the taxi stops',
    '  the bus stops',
    'the light is green',
    '  the taxi drives',
    '  the bus drives',
    '  the lorry drives',
    'the light is red',
    '  the van stops',
    'the light is green',
    '  the van drives',
  ]);
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
});

test.run();
