import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../scripts/typescript-node.js';
import {
  browserTests,
  type Count,
  exampleTests,
  exploreTests,
  processTests,
  programTests,
  runTests,
  runtimeTests,
  siteTests,
  thirdPartyTests,
  unitTests,
} from '../../scripts/unit.js';

const test = suite('the test runner');

/** Runs test files in a new folder. Returns the counts and the output. */
async function run(files: Record<string, string>, limit?: number): Promise<Count & { printed: string }> {
  // Inside the package, so that uvu is found.
  const folder = mkdtempSync(join(root, 'test/.runner-'));
  const { write } = process.stdout;
  let printed = '';
  try {
    for (const [file, code] of Object.entries(files)) {
      mkdirSync(join(folder, file, '..'), { recursive: true });
      writeFileSync(join(folder, file), `import { suite } from 'uvu';\nconst test = suite('things');\n${code}`);
    }
    process.stdout.write = ((text: string) => {
      printed += text;
      return true;
    }) as typeof write;
    return { ...(await runTests('.', folder, limit)), printed };
  } finally {
    process.stdout.write = write;
    rmSync(folder, { recursive: true });
  }
}

test('counts the tests of all files and names none where all pass', async () => {
  const { printed, ...count } = await run({
    'one.test.ts': `test('a', () => {}); test('b', () => {}); test.run();`,
    'deep/two.test.ts': `test('c', () => {}); test.run();`,
  });

  assert.equal(count, { passed: 3, failed: 0, failures: [] });
  assert.match(printed, 'one.test.ts (2 of 2,');
  assert.match(printed, 'deep/two.test.ts (1 of 1,');
});

test('runs each file once, and one at a time, although a file prints on standard error at its end', async () => {
  const noisy = `
    const { write } = process.stdout;
    process.stdout.write = function (text, ...rest) {
      const isWritten = write.call(this, text, ...rest);
      if (String(text).startsWith('\\0')) {
        process.stdout.write = write;
        process.stderr.write('late\\n');
      }
      return isWritten;
    };
    globalThis.running = (globalThis.running ?? 0) + 1;
    test('runs alone', async () => {
      await new Promise(setImmediate);
      if (globalThis.running > 1) throw new Error('two files at once');
    });
    test.after(() => { globalThis.running -= 1; });
    test.run();`;
  const names = Array.from({ length: 24 }, (_, index) => `${index}.test.ts`);

  const { printed, ...count } = await run(Object.fromEntries(names.map((name) => [name, noisy])));

  assert.equal(count, { passed: names.length, failed: 0, failures: [] });
  const reported = [...printed.matchAll(/^(\d+\.test\.ts) \(/gm)].map(([, name]) => name);
  assert.equal(reported.toSorted(), names.toSorted());
});

test('names each failing test with its file, and shows its error', async () => {
  const { printed, ...count } = await run({
    'one.test.ts': `test('a', () => {}); test('breaks', () => { throw new Error('the reason'); }); test.run();`,
    'two.test.ts': `test('c', () => {}); test.run();`,
  });

  assert.equal(count, { passed: 2, failed: 1, failures: ['one.test.ts: things  "breaks"'] });
  assert.match(printed, 'the reason');
});

test('counts a file whose process dies as one failure, and runs the files after it', async () => {
  const { printed, ...count } = await run({
    'one.test.ts': `test('a', () => { console.log('last words'); process.exit(7); }); test.run();`,
    'three.test.ts': `test('c', () => {}); test.run();`,
    'two.test.ts': `test('b', () => {}); test.run();`,
  });

  assert.is(count.passed, 2);
  assert.is(count.failed, 1);
  assert.match(count.failures[0] ?? '', /^one\.test\.ts: .*exit code 7/);
  assert.match(printed, 'last words');
});

test('counts a test that never ends as a failure', async () => {
  const { failures } = await run({ 'one.test.ts': `test('a', () => new Promise(() => {})); test.run();` });

  assert.is(failures.length, 1);
  assert.match(failures[0] ?? '', /^one\.test\.ts: /);
});

test('ends a file that takes longer than the limit, and counts it as a failure', async () => {
  const { failures } = await run(
    {
      'one.test.ts': `
        import { spawn } from 'node:child_process';
        test('a', () => new Promise(() => {
          const program = 'process.stdin.resume().on("end", () => process.exit())';
          spawn(process.execPath, ['--eval', program], { stdio: ['pipe', 'inherit', 'inherit'] });
        }));
        test.run();`,
    },
    2_000,
  );

  assert.equal(failures, ["one.test.ts: the process took more than 2 s, before the file's tests ended"]);
});

test('counts a file that fails to load, runs no test or sets an exit code as a failure', async () => {
  const { failures } = await run({
    'code.test.ts': `test('a', () => { process.exitCode = 3; }); test.run();`,
    'empty.test.ts': 'test.run();',
    'forgotten.test.ts': `test('a', () => {});`,
    'load.test.ts': `throw new Error('cannot load'); test.run();`,
  });

  for (const file of ['code', 'empty', 'forgotten', 'load']) {
    assert.ok(
      failures.some((failure) => failure.startsWith(`${file}.test.ts: `)),
      file,
    );
  }
});

test('counts a pattern that no file matches as a failure', async () => {
  const { passed, failed } = await runTests('no such file');

  assert.equal({ passed, failed }, { passed: 0, failed: 1 });
});

test('runs each test file of the project in one step, and random schedules once more', () => {
  const steps = [
    browserTests,
    exampleTests,
    processTests,
    programTests,
    runtimeTests,
    siteTests,
    thirdPartyTests,
    unitTests,
  ];
  const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' });
  const tests = files.map((file) => file.replaceAll('\\', '/')).filter((file) => /^[^.].*\.test\.ts$/.test(file));
  const stepsOf = (file: string): string[] => steps.filter((step) => new RegExp(step, 'i').test(file));
  const isExplored = (file: string): boolean => new RegExp(exploreTests, 'i').test(file);

  assert.equal(
    tests.filter((file) => stepsOf(file).length !== 1 && !(stepsOf(file).length === 0 && isExplored(file))),
    [],
  );
});

test.run();
