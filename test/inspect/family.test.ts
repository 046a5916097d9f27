import * as assert from 'uvu/assert';
import { type ChildNode, childNodes } from '../../lib/hub/reports/children.ts';
import { spawn } from '../../lib/index.ts';
import { Relatives } from '../../lib/inspect/console/relatives.ts';
import { askChildren, lookForParent } from '../../lib/inspect/family.ts';
import { suite } from '../support/harness.ts';

const each = suite('inspect/family');

const { list } = childNodes;

/** A test that may replace the children. */
function test(name: string, body: () => Promise<void>): void {
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
  const nodes = answers.map((look, i): ChildNode => ({ name: `child ${i}`, kind: 'process', pid: 100 + i, look }));
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
    patiences.push(JSON.parse(question).patience);
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

test('the console asks them one time after the other', async () => {
  const relatives = new Relatives();
  let settle = (_: string): void => {};
  let asked = 0;
  children(() => {
    asked += 1;
    return new Promise((resolve) => {
      settle = resolve;
    });
  });
  let told = 0;
  const asking = relatives.ask(() => {
    told += 1;
  });
  await relatives.ask(() => {});
  assert.equal([asked, told, relatives.rows[0]?.silent], [1, 0, 'it has not answered yet']);

  settle(await lookForParentAlone());
  await asking;
  assert.equal([asked, told], [1, 1]);
  assert.is(relatives.rows[0]?.rows[0]?.info.name, 'main');
});

async function lookForParentAlone(): Promise<string> {
  childNodes.list = () => [];
  return await lookForParent(JSON.stringify({ limit: 10, patience: 1 }));
}

each.run();
