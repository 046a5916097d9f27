/**
 * Runs the documentation. A block of README.md or docs/ that begins with "```ts run" is type-checked and run against
 * dist, in its own process. It must succeed and print the "```text" block that follows it. Without such a block, it
 * must print the texts of its `// prints: …` comments, in order. Without these, it may print anything.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { transform } from 'esbuild';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { binary } from '../scripts/binary.js';
import { snippetsIn } from '../scripts/snippets.js';
import { root } from '../scripts/typescript-node.js';
import { type Ended, endOf } from './support/ending.ts';

interface Snippet {
  /** Its file and line. */
  readonly where: string;
  /** Its file name when it is run. */
  readonly file: string;
  readonly code: string;
  /** The expected output, if it is given. */
  readonly expected: string | undefined;
}

const guides = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name.replaceAll('\\', '/')}`)
  .sort();
const documents = [...readdirSync(root).filter((name) => name.endsWith('.md')), ...guides];
const snippets = documents.flatMap(snippetsOf);
let folder = '';

const test = suite('documentation');

test.before(() => {
  assert.ok(existsSync(join(root, 'dist/index.js')), 'snippets import the built greenhub: run "npm run build" first');
  // Inside the package, so that 'greenhub' means this package.
  folder = mkdtempSync(join(root, 'test/.docs-'));
});

test.after(() => rmSync(folder, { recursive: true, force: true }));

test('there are snippets to run', () => {
  assert.ok(snippets.length > 0);
});

test('the snippets are typed as they claim', () => {
  for (const { file, code } of snippets) writeFileSync(join(folder, `${file}.ts`), code);
  // The type tests check the declarations of greenhub. Those of other libraries do not all pass.
  const config = {
    extends: '../types/tsconfig.json',
    compilerOptions: { skipLibCheck: true },
    include: ['*.ts'],
  };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const [command, ...args] = binary('typescript', 'tsc');
  const { status, stdout } = spawnSync(command, [...args, '-p', folder], { encoding: 'utf8' });
  assert.is(status, 0, stdout);
});

/** Fastify's dependencies `require()` an ES module, which Node 20.18 cannot do. */
function canRun({ code }: Snippet): boolean {
  const features = process.features as { require_module?: boolean };
  return features.require_module === true || !code.includes("from 'fastify'");
}

for (const snippet of snippets.filter(canRun)) {
  test(`${snippet.where} prints the documented output`, async () => {
    const { code, stdout, stderr } = await run(snippet);
    assert.is(stderr, '');
    assert.is(code, 0);
    if (snippet.expected !== undefined) assert.is(stdout, snippet.expected);
  });
}

for (const document of documents) {
  test(`the links of ${document} lead somewhere`, () => {
    assert.equal(
      linksOf(document).filter((link) => !leadsSomewhere(link, document)),
      [],
    );
  });
}

test.run();

function read(document: string): string {
  return readFileSync(join(root, document), 'utf8');
}

function snippetsOf(document: string): Snippet[] {
  return snippetsIn(read(document)).map(({ line, code, output }) => {
    const file = `${document.replaceAll(/\W/g, '-')}-${line}`;
    return { where: `${document}:${line}`, file, code, expected: output ?? printsOf(code) };
  });
}

function printsOf(code: string): string | undefined {
  const lines = [...code.matchAll(/\/\/ prints: (.*)$/gm)].map(([, line]) => `${line}\n`);
  return lines.length === 0 ? undefined : lines.join('');
}

async function run(snippet: Snippet): Promise<Ended> {
  const program = join(folder, `${snippet.file}.mjs`);
  writeFileSync(program, (await transform(snippet.code, { loader: 'ts', target: 'node20.18' })).code);
  const preloaded = ['virtual-time.js', ...(snippet.code.includes('https://') ? ['pretend-web.js'] : [])];
  const flags = preloaded.flatMap((file) => ['--import', join(root, 'test/support', file)]);
  const env = { ...process.env, PATIENCE: `${patienceFor(snippet)}` };
  return endOf(spawn(process.execPath, [...flags, program], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] }));
}

/**
 * How long the virtual clock waits for what is under way, in milliseconds of real time. A limit of seconds is there for
 * the worst, and must not end because the machine is busy. A shorter one is meant to end, and each waits so long.
 */
function patienceFor({ code }: Snippet): number {
  return /(?:timeout: |withTimeout\()\d+_000/.test(code) ? 30_000 : 3_000;
}

/** The links within the repository, and its pictures. */
function linksOf(document: string): string[] {
  const prose = read(document).replaceAll(/^```[\s\S]*?^```$/gm, '');
  return [...prose.matchAll(/\]\((?<link>[^)\s]+)\)|\s(?:src|srcset)="(?<picture>[^"]+)"/g)]
    .map((match) => match.groups?.link ?? match.groups?.picture ?? '')
    .filter((link) => !/^https?:/.test(link));
}

function leadsSomewhere(link: string, from: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
}

/** The anchors that GitHub gives to headings. */
function anchorsOf(document: string): string[] {
  return [...read(document).matchAll(/^#+ (?<heading>.+)$/gm)].map((match) => {
    const plain = (match.groups?.heading ?? '').toLowerCase().replaceAll(/[^\p{L}\p{N} _-]/gu, '');
    return plain.replaceAll(' ', '-');
  });
}
