import { resolve } from 'node:path';
import webpack from 'webpack';

const stats = await new Promise((settle, fail) => {
  const options = {
    mode: 'production',
    target: 'node20',
    entry: resolve('bundles/program.js'),
    output: { path: resolve('bundles/out/webpack'), filename: 'bundle.mjs', module: true, chunkFormat: 'module' },
    experiments: { outputModule: true },
    optimization: { minimize: false },
    // One file, and not one more for each import().
    plugins: [new webpack.optimize.LimitChunkCountPlugin({ maxChunks: 1 })],
  };
  webpack(options, (error, result) => (error ? fail(error) : settle(result)));
});
if (stats.hasErrors()) throw new Error(stats.toString({ colors: false }));
