import { build } from 'esbuild';

await build({
  entryPoints: ['bundles/program.js'],
  outfile: 'bundles/out/esbuild/bundle.mjs',
  bundle: true,
  platform: 'node',
  format: 'esm',
  logLevel: 'error',
  // undici is CommonJS and asks for Node's modules by require().
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
