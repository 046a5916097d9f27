import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { saveResults } from '../../../bench/peers/save.ts';
import { suite } from '../../support/harness.ts';

const test = suite('saveResults()');

const chart = { svg: '<svg/>', png: Buffer.from('png') };

function inFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'greenhub-results-'));
  try {
    body(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('writes a page for each line of Node, which shows its chart and the tables', () => {
  inFolder((folder) => {
    saveResults(folder, '20.20.2', '| a table |\n\n', chart);
    saveResults(folder, '26.10.0', '| another table |', chart);

    assert.equal(readdirSync(folder).sort(), [
      'node-20.md',
      'node-20.png',
      'node-20.svg',
      'node-26.md',
      'node-26.png',
      'node-26.svg',
    ]);
    const page = readFileSync(join(folder, 'node-20.md'), 'utf8');
    assert.match(page, /^# Benchmarks on Node 20\n/);
    assert.match(page, '(node-20.svg)');
    assert.match(page, /\n\n\| a table \|\n$/);
  });
});

test('replaces the page of an earlier run on the same line of Node', () => {
  inFolder((folder) => {
    saveResults(folder, '20.18.1', '| old |', chart);
    saveResults(folder, '20.20.2', '| new |', chart);

    const page = readFileSync(join(folder, 'node-20.md'), 'utf8');
    assert.match(page, '| new |');
    assert.not.match(page, 'old');
  });
});

test.run();
