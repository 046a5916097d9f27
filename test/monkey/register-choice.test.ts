import * as assert from 'uvu/assert';
import { patchNames } from '../../lib/monkey/all-patches.ts';
import { runProgram } from '../support/child.ts';
import { suite } from '../support/harness.ts';

const test = suite('register-choice');

const NAMES = patchNames();

const PROGRAM = `
  const { isPatched } = await import('greenhub/monkey');
  await import('greenhub/monkey/register');
  console.log(${JSON.stringify(NAMES)}.filter(isPatched).join());
`;

for (const [choice, patched] of [
  ['fetch,timers', 'fetch,timers'],
  [' events , dns ', 'dns,events'],
  ['childProcess', 'childProcess'],
  ['', NAMES.join()],
  [',', NAMES.join()],
] as const) {
  test(`GREENHUB_PATCH='${choice}' patches ${patched}`, async () => {
    const { code, stdout, stderr } = await runProgram(PROGRAM, { env: { GREENHUB_PATCH: choice } });

    assert.equal([code, stdout], [0, `${patched}\n`], stderr);
  });
}

test('an unknown name in GREENHUB_PATCH ends the program, and the message lists the patches', async () => {
  for (const wrong of ['telepathy', 'fetch,toString', 'all']) {
    const { code, stdout, stderr } = await runProgram(PROGRAM, { env: { GREENHUB_PATCH: wrong } });

    assert.equal([code, stdout], [1, '']);
    assert.match(stderr, /GREENHUB_PATCH is invalid: there is no patch called (telepathy|toString|all)/);
    for (const name of NAMES) assert.match(stderr, name);
  }
});

test.run();
