import * as assert from 'uvu/assert';
import { suite } from '../support/harness.ts';

const test = suite('scripts/build');

test('classes have in the built package the names that they have in the sources', async () => {
  const built: Record<string, unknown> = await import('greenhub');
  const sources: Record<string, unknown> = await import('../../lib/index.ts');

  for (const [name, value] of Object.entries(sources)) {
    if (typeof value === 'function') assert.is((built[name] as typeof value).name, value.name, name);
  }
});

test.run();
