import { build } from 'esbuild';

/**
 * Bundles a program for the browser: it, React and the parts of greenhub that it uses become one file. `platform: 'browser'` is all
 * that greenhub needs.
 *
 * @param program the path of its first file
 */
export async function bundle(program: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [program],
    bundle: true,
    platform: 'browser',
    format: 'esm',
    write: false,
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
