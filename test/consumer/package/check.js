// Checks the tarball itself: its size, its contents, the manifest (publint), and that types and code resolve to the same modules in every
// supported setting (Are the types wrong?). The argument is the tarball.
import { readFile } from 'node:fs/promises';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** In bytes. A user downloads this with each install. */
const BUDGET = 350_000;

/** Greenhub is ES modules only, and needs `exports`: `node10` has no exports, and `require()` in `node16` no types of ES modules. */
const UNSUPPORTED = ['node10', 'node16-cjs'];

const tarball = new Uint8Array(await readFile(process.argv[2]));
const wrong = [];
if (tarball.byteLength > BUDGET) wrong.push(`the tarball has ${tarball.byteLength} bytes, and may have ${BUDGET}`);

const unpacked = createPackageFromTarballData(tarball);
const files = unpacked.listFiles().map((file) => file.replace('/node_modules/greenhub/', ''));
const expected = /^(?:package\.json|README\.md|LICENSE|dist\/console\/index\.html|dist\/.*\.(?:js|d\.ts))$/;
wrong.push(...files.filter((file) => !expected.test(file)).map((file) => `${file} is not for users`));
const needed = ['dist/index.js', 'dist/index.d.ts', 'dist/console/index.html', 'README.md', 'LICENSE'];
wrong.push(...needed.filter((file) => !files.includes(file)).map((file) => `${file} is missing`));
for (const file of files) {
  const text = unpacked.readFile(`/node_modules/greenhub/${file}`);
  if (/^\/\/# sourceMappingURL=/m.test(text)) wrong.push(`${file} refers to a source map, which is not in the package`);
}

const manifest = JSON.parse(unpacked.readFile('/node_modules/greenhub/package.json'));
for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
  if (script in manifest.scripts) wrong.push(`npm warns users about the script ${script}`);
}

const { messages, pkg } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
wrong.push(...messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`));

const { problems, entrypoints } = await checkPackage(unpacked);
for (const { kind, entrypoint, resolutionKind, resolutionOption } of problems) {
  if (UNSUPPORTED.includes(resolutionKind)) continue;
  wrong.push(`types: ${kind} at ${entrypoint} (${resolutionKind ?? resolutionOption})`);
}
const entries = Object.keys(manifest.exports).filter((entry) => entry !== './package.json');
wrong.push(
  ...entries.filter((entry) => !(entry in entrypoints)).map((entry) => `the types of ${entry} were not checked`),
);

for (const line of wrong) console.log(line);
console.log(`${files.length} files, ${tarball.byteLength} bytes, ${wrong.length} problems`);
process.exitCode = wrong.length > 0 ? 1 : 0;
