/** `npm run bench size`: what greenhub adds to a bundle for a browser, minified and gzipped, by its built package. */
import { measureSizes } from './peers/bundle-size.ts';
import { installGreenhub } from './peers/prepare.ts';
import { sizeTable } from './peers/report.ts';

/** Measures, prints, and gives how many bundles are above their limit. */
export async function benchSize(print: (line: string) => void): Promise<number> {
  installGreenhub();
  const sizes = await measureSizes((bundle) => bundle.startsWith('greenhub'));
  for (const line of sizeTable(sizes)) print(line);
  const above = sizes.filter(({ gzipped, limit }) => limit !== null && gzipped > limit);
  for (const { bundle, limit } of above) print(`above its limit of ${limit?.toLocaleString('en')} B: ${bundle}`);
  return above.length;
}
