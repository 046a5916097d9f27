import { setImmediate as turn } from 'node:timers/promises';
import { patchAll, unpatchAll } from '../../lib/monkey/index.ts';
import type { Context, Test } from './harness.ts';
import { Site } from './site.ts';

/**
 * Runs a body with patches installed. An unhandled rejection fails it.
 *
 * @param install installs the patches; by default all of Node
 */
export async function whilePatched(body: () => void | Promise<void>, install: () => void = patchAll): Promise<void> {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => {
    unhandled.push(error);
  };
  process.on('unhandledRejection', note);
  install();
  try {
    await body();
    await turn();
    await turn();
  } finally {
    unpatchAll();
    process.off('unhandledRejection', note);
  }
  if (unhandled.length > 0) throw new Error('a rejection was unhandled', { cause: unhandled[0] });
}

/** Runs each test of a suite with patches installed; by default with all of Node. */
export function patching(test: Test, install?: () => void): Test {
  return (name, body) => test(name, (context) => whilePatched(() => body(context), install));
}

export type SiteTest = (name: string, body: (site: Site, context: Context) => Promise<void>) => void;

/** Gives each test of a suite its own site, and installs the patches by default. */
export function visiting(test: Test, options: { patched: boolean } = { patched: true }): SiteTest {
  return (name, body) =>
    test(name, async (context) => {
      const site = await Site.open();
      try {
        if (options.patched) await whilePatched(() => body(site, context));
        else await body(site, context);
      } finally {
        await site.close();
      }
    });
}
