import commonjs from '@rollup/plugin-commonjs';
import json from '@rollup/plugin-json';
import resolve from '@rollup/plugin-node-resolve';
import { rollup } from 'rollup';

// undici asks for node:sqlite when it is needed. Hoisted to an import, it would end the program on a Node that has none.
const ignore = ['node:sqlite'];

const bundle = await rollup({
  input: 'bundles/program.js',
  plugins: [resolve({ preferBuiltins: true, exportConditions: ['node'] }), commonjs({ ignore }), json()],
  onwarn() {},
});
await bundle.write({ file: 'bundles/out/rollup/bundle.mjs', format: 'es', inlineDynamicImports: true });
