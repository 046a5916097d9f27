/**
 * The harness for tests of third-party libraries: all patches are installed, and there may be no unhandled rejection
 * and nothing left open at the end. If the server of a library is not installed, its tests are skipped with a message.
 */
import { setImmediate as turn } from 'node:timers/promises';
import * as uvu from 'uvu';
import * as assert from 'uvu/assert';
import { type Context, suite, type Test } from '../support/harness.ts';
import { whilePatched } from '../support/patched.ts';
import type { ServerProcess } from './server-process.ts';

export type ServedTest = (name: string, body: (port: number, context: Context) => Promise<void>) => void;

/** A test that takes more than this many milliseconds hangs. */
const LIMIT = 60_000;

/** Tests of a library that needs no server. Call `run()` at the end of the file. */
export function library(name: string): Test & { run(): void } {
  const test = suite(`third party: ${name}`);
  let before: string[] = [];
  test('begins', () => {
    before = openHandles();
  });
  const patched: Test = (title, body) => test(title, (context) => whilePatched(() => limited(body(context))));
  return Object.assign(patched, {
    run() {
      test('leaves nothing open', () => closed(before));
      test.run();
    },
  });
}

/** Tests of a library that needs a server. They get its port. Without the server, there are no tests. */
export function servedLibrary(name: string, server: ServerProcess | undefined): ServedTest & { run(): void } {
  if (server === undefined) return skipped(name);
  const test = suite(`third party: ${name}`);
  let before: string[] = [];
  test('begins', () => {
    before = openHandles();
  });
  const served: ServedTest = (title, body) =>
    test(title, async (context) => {
      const port = await server.start();
      await whilePatched(() => limited(body(port, context)));
    });
  return Object.assign(served, {
    run() {
      test('leaves nothing open', async () => {
        await server.stop();
        await closed(before);
      });
      test.run();
    },
  });
}

function skipped(name: string): ServedTest & { run(): void } {
  const test = uvu.suite(`third party: ${name}`);
  test.skip(`${name} is skipped, because its server is not installed`);
  console.log(`third party: ${name} is skipped, because its server is not installed`);
  return Object.assign(() => {}, { run: () => test.run() });
}

/** Fails a test that takes too long, so that its surroundings are cleaned up. */
export async function limited(body: void | Promise<void>): Promise<void> {
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => reject(new Error(`it took longer than ${LIMIT} ms`)), LIMIT);
  });
  try {
    await Promise.race([body, late]);
  } finally {
    clearTimeout(limit);
  }
}

/** The sockets, servers, timers and processes that would keep this process alive; files are the test runner's. */
function openHandles(): string[] {
  const handles = process.getActiveResourcesInfo().filter((name) => !name.startsWith('FSReq'));
  return handles.sort();
}

/** The last close takes some turns of the event loop. */
async function closed(before: string[]): Promise<void> {
  for (let turns = 0; turns < 50 && openHandles().length > before.length; turns += 1) await turn();
  assert.equal(openHandles(), before);
}
