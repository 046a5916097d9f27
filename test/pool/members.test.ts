import * as assert from 'uvu/assert';
import { Greenlet, Group } from '../../lib/index.ts';
import { Member } from '../../lib/pool/member.ts';
import { Members } from '../../lib/pool/members.ts';
import { suite } from '../support/harness.ts';

const test = suite('pool/members');

function membersOf(count: number): { members: Members; list: Member[] } {
  const group = new Group();
  const members = new Members();
  const list = Array.from({ length: count }, () => new Member(group, new Greenlet(() => {})));
  for (const member of list) members.add(member);
  return { members, list };
}

test('members are iterated in the order in which they came, even if some have left', () => {
  for (const left of [[], [0], [1], [2], [0, 1], [2, 1], [0, 2], [0, 1, 2]]) {
    const { members, list } = membersOf(3);
    for (const at of left) members.delete(list[at] as Member);

    const expected = list.filter((_, at) => !left.includes(at));
    assert.equal(
      [...members].map(({ greenlet }) => greenlet.id),
      expected.map(({ greenlet }) => greenlet.id),
    );
    assert.is(members.size, expected.length);
  }
});

test('a member that has left can join again, as the last', () => {
  const { members, list } = membersOf(2);
  const [first, last] = list as [Member, Member];

  members.delete(first);
  members.add(first);

  assert.ok([...members][0] === last && [...members][1] === first);
});

test('the member of a greenlet is found, even if it joined after the first lookup', () => {
  const { members, list } = membersOf(2);
  const [first, last] = list as [Member, Member];

  assert.ok(members.get(first.greenlet) === first);
  members.delete(first);
  members.delete(last);
  members.add(last);

  assert.ok(members.get(first.greenlet) === undefined);
  assert.ok(members.get(last.greenlet) === last);
});

test('a member that leaves before its turn is skipped', () => {
  const { members, list } = membersOf(4);
  const seen: Member[] = [];

  for (const member of members) {
    seen.push(member);
    if (member === list[0]) for (const at of [0, 1]) members.delete(list[at] as Member);
  }

  assert.ok(seen.length === 3 && seen[1] === list[2] && seen[2] === list[3]);
});

test.run();
