import * as assert from 'uvu/assert';
import { type ChildNode, childNodes } from '../../lib/hub/reports/children.ts';
import { sleep, spawn } from '../../lib/index.ts';
import { askAlong } from '../../lib/inspect/child-questions.ts';
import { processRows } from '../../lib/inspect/console/process-rows.ts';
import { askChildren } from '../../lib/inspect/family.ts';
import { lookForParent } from '../../lib/inspect/look-for-parent.ts';
import { suite } from '../support/harness.ts';

const each = suite('inspect/family');

const { list } = childNodes;

/** A test that may replace the children. */
function test(name: string, body: () => void | Promise<void>): void {
  each(name, async () => {
    try {
      await body();
    } finally {
      childNodes.list = list;
    }
  });
}

/** Has children that answer so. */
function children(...answers: ((question: string) => Promise<string>)[]): void {
  const nodes = answers.map(
    (look, i): ChildNode => ({ id: i + 1, name: `child ${i}`, kind: 'process', pid: 100 + i, look }),
  );
  childNodes.list = () => nodes;
}

test('children answer what runs in them, at most so many greenlets', async () => {
  const sleeper = spawn(function* () {});
  children(async (question) => {
    childNodes.list = () => [];
    return await lookForParent(question);
  });

  const [child] = await askChildren({ limit: 1, patience: 60_000 });
  assert.equal([child?.name, child?.kind, child?.pid, child?.silent], ['child 0', 'process', 100, null]);
  assert.is(child?.snapshot?.greenlets.length, 1);
  assert.equal(child?.children, []);
  await sleeper;
});

test('the children of a child have less time than the child, so that it still can answer', async () => {
  const patiences: number[] = [];
  children((question) => {
    patiences.push(JSON.parse(question).params.patience);
    return patiences.length < 3 ? lookForParent(question) : Promise.resolve('');
  });

  const [child] = await askChildren({ limit: 0, patience: 100_000 });
  assert.is(child?.children[0]?.children[0]?.silent, 'it has ended');
  assert.equal(patiences, [100_000, 70_000, 49_000]);
});

test('says why it is not known what runs in a child', async () => {
  children(
    () => new Promise(() => {}),
    () => Promise.resolve(''),
    () => Promise.resolve(JSON.stringify({ error: 'greenhub is in a bundle' })),
  );

  // The time limit of a question keeps no program alive.
  const alive = setInterval(() => {}, 1_000);
  const members = await askChildren({ limit: 1, patience: 1 });
  clearInterval(alive);
  assert.equal(
    members.map(({ silent, snapshot }) => [silent, snapshot]),
    [
      ['it does not answer: something blocks its event loop', null],
      ['it has ended', null],
      ['greenhub is in a bundle', null],
    ],
  );
});

test('with a limit of 0, children answer their numbers only', async () => {
  children(async (question) => {
    childNodes.list = () => [];
    return await lookForParent(question);
  });

  const [child] = await askChildren({ limit: 0, patience: 60_000 });
  assert.is(child?.snapshot, null);
  assert.ok((child?.hub?.greenlets ?? 0) >= 1);
});

test('a greenlet of a child of a child can be looked at and killed', async () => {
  const sleeper = spawn(function* nap() {
    yield* sleep(3_600_000);
  });
  await sleep(0);
  // The third process is this one, and the second has it as its first child.
  children((question) => {
    children(lookForParent);
    return lookForParent(question);
  });
  const { list: ofFirst } = childNodes;

  const seen = await askAlong([1, 1], { name: 'greenlet', params: { id: sleeper.id } }, 60_000);
  assert.equal([seen.node?.name, seen.silent], ['child 0', null]);
  assert.is(seen.answer?.info?.waitsFor, 'sleep(3600000)');
  assert.match(seen.answer?.info?.stack?.[0] ?? '', /^nap \(/);

  childNodes.list = ofFirst;
  const killed = await askAlong([1, 1], { name: 'kill', params: { id: sleeper.id } }, 60_000);
  assert.is(killed.answer, 202);
  await sleeper.join();
  childNodes.list = ofFirst;
  const again = await askAlong([1, 1], { name: 'kill', params: { id: sleeper.id } }, 60_000);
  assert.is(again.answer, 404);
});

test('says why a child at the end of a path does not answer', async () => {
  children(
    (question) => {
      childNodes.list = () => [];
      return lookForParent(question);
    },
    () => Promise.resolve(''),
  );
  const { list: of } = childNodes;
  const look = (path: number[]) => askAlong(path, { name: 'kill', params: { id: 1 } }, 60_000);

  assert.equal(await look([7]), { node: null, answer: null, silent: 'it has ended' });
  assert.equal(await look([1, 7]), { node: null, answer: null, silent: 'it has ended' });
  childNodes.list = of;
  const { node, silent } = await look([2]);
  assert.equal([node, silent], [{ name: 'child 1', kind: 'process', pid: 101 }, 'it has ended']);
});

test('before a child has answered, the console shows that it has not', () => {
  children(() => new Promise(() => {}));
  const [row] = processRows(null);
  assert.equal([row?.name, row?.path, row?.silent], ['child 0', '1', 'it has not answered yet']);
});

each.run();
