import { once } from 'node:events';
import * as assert from 'uvu/assert';
import { patchFunction } from '../../lib/monkey/patch-function.ts';
import { install, uninstall } from '../../lib/monkey/patches.ts';
import { suite } from '../support/harness.ts';

const test = suite('monkey/unpatchable');

test('what cannot be replaced stays as it is, the rest is patched, and one warning names what is left', async () => {
  const fixed = (): string => 'fixed';
  const holder: Record<string, unknown> = { free: () => 'free' };
  Object.defineProperty(holder, 'fixed', { value: fixed, configurable: false });
  const patch = (): void => {
    install(patch, (replace) => {
      replace('pretend', holder, 'free', { value: () => 'patched' });
      replace('pretend', holder, 'fixed', { value: () => 'patched' });
      patchFunction(replace, 'pretend', holder, 'missing', () => 'patched');
    });
  };

  const warned = once(process, 'warning');
  patch();
  const [warning] = (await warned) as [Error];

  assert.is(warning.name, 'MonkeyPatchWarning');
  assert.is(warning.message, 'this runtime does not let these be patched: pretend.fixed, pretend.missing');
  assert.is((holder as { free(): string }).free(), 'patched');
  assert.is(holder.fixed, fixed);
  assert.not.ok('missing' in holder);
  uninstall(patch);
  assert.is((holder as { free(): string }).free(), 'free');
});

test.run();
