/** The size that a package adds to a program in a browser. */
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { here } from './paths.ts';

export interface BundleSize {
  bundle: string;
  /** Bytes. */
  minified: number;
  gzipped: number;
  /** The limit for the gzipped size, or null. */
  limit: number | null;
}

const KILOBYTE = 1_000;
export const BUNDLE_UNIT = 'B';

const bundles: { bundle: string; source: string; limit?: number }[] = [
  { bundle: 'greenhub/greenlet', source: `export * from 'greenhub/greenlet'`, limit: 3.5 * KILOBYTE },
  { bundle: 'greenhub', source: `export * from 'greenhub'`, limit: 26 * KILOBYTE },
  {
    bundle: 'greenhub (spawn, joinall, sleep)',
    source: `export { joinall, sleep, spawn } from 'greenhub'`,
    limit: 10 * KILOBYTE,
  },
  {
    bundle: 'greenhub (spawn, sleep, Queue, Semaphore, withTimeout)',
    source: `export { joinall, Queue, Semaphore, sleep, spawn, withTimeout } from 'greenhub'`,
  },
  { bundle: 'effect', source: `export * from 'effect'` },
  {
    bundle: 'effect (the same parts)',
    source: `import { Effect, Fiber, Queue, Semaphore } from 'effect';
      export const { gen, runPromise, forkChild, sleep, timeout } = Effect;
      export const { join } = Fiber;
      export const { bounded, offer, take } = Queue;
      export const { make, withPermits } = Semaphore;`,
  },
  { bundle: 'effection', source: `export * from 'effection'` },
  { bundle: 'redux-saga', source: `export * from 'redux-saga'; export * from 'redux-saga/effects'` },
  { bundle: 'p-queue', source: `export { default } from 'p-queue'` },
  { bundle: 'p-limit', source: `export { default } from 'p-limit'` },
  { bundle: 'p-map', source: `export { default } from 'p-map'` },
  { bundle: 'fastq', source: `export { default } from 'fastq'` },
  { bundle: 'async', source: `export * from 'async'` },
  { bundle: 'async-sema', source: `export * from 'async-sema'` },
];

/** @param isAsked chooses bundles by their names */
export function measureSizes(isAsked: (bundle: string) => boolean = () => true): Promise<BundleSize[]> {
  const asked = bundles.filter(({ bundle }) => isAsked(bundle));
  return Promise.all(
    asked.map(async ({ bundle, source, limit = null }) => {
      const { outputFiles } = await build({
        stdin: { contents: source, resolveDir: here },
        bundle: true,
        minify: true,
        write: false,
        format: 'esm',
        platform: 'browser',
        define: { 'process.env.NODE_ENV': '"production"' },
        // Some packages refer to Node's modules in branches that a browser never takes.
        external: ['node:*', 'events'],
        // Ignore the paths of the tsconfig, which are for the type check: measure the installed packages.
        tsconfigRaw: {},
        logLevel: 'error',
      });
      const code = (outputFiles[0] as (typeof outputFiles)[0]).contents;
      return { bundle, minified: code.length, gzipped: gzipSync(code, { level: 9 }).length, limit };
    }),
  );
}
