import * as assert from 'uvu/assert';
import { type Linked, LinkedList } from '../../../lib/hub/loop/linked-list.ts';
import { suite } from '../../support/harness.ts';

const test = suite('hub/linked-list');

class Node implements Linked {
  previous: Linked | null = null;
  next: Linked | null = null;
}

test('members are in the order in which they came, even if some have left', () => {
  for (const left of [[], [0], [1], [2], [0, 1], [2, 1], [0, 2], [0, 1, 2]]) {
    const list = new LinkedList<Node>();
    const nodes = [new Node(), new Node(), new Node()];
    for (const node of nodes) list.add(node);
    for (const at of left) list.delete(nodes[at] as Node);

    const expected = nodes.filter((_, at) => !left.includes(at));
    assert.is(list.size, expected.length);
    assert.ok(list.toArray().every((node, at) => node === expected[at]));
    assert.is(list.toArray().length, expected.length);
  }
});

test('a member that has left refers to no other, and can join again, as the last', () => {
  const list = new LinkedList<Node>();
  const [first, last] = [new Node(), new Node()];
  list.add(first);
  list.add(last);

  list.delete(first);
  assert.ok(first.previous === null && first.next === null);
  list.add(first);

  const [head, tail] = list.toArray();
  assert.ok(head === last && tail === first);
});

test.run();
