import { childNodes } from '../../hub/reports/children.ts';
import type { FamilyMember } from '../family.ts';
import { inTreeOrder } from '../tree-order.ts';
import type { ProcessRow } from './protocol.ts';

/**
 * The processes and threads that this one has started, as the tree shows them.
 *
 * @param family what they have answered last; null before their first answer
 */
export function processRows(family: readonly FamilyMember[] | null): ProcessRow[] {
  return (family ?? childNodes.list().map(unheard)).map((member) => rowOf(member, []));
}

function unheard({ id, name, kind, pid }: Pick<FamilyMember, 'id' | 'name' | 'kind' | 'pid'>): FamilyMember {
  return { id, name, kind, pid, silent: 'it has not answered yet', hub: null, snapshot: null, children: [] };
}

function rowOf(
  { id, name, kind, pid, silent, hub, snapshot, children }: FamilyMember,
  above: readonly number[],
): ProcessRow {
  const path = [...above, id];
  const order = inTreeOrder(
    snapshot?.greenlets ?? [],
    (info) => info.id,
    ({ spawnedBy }) => spawnedBy,
  );
  return {
    path: path.join('.'),
    name,
    kind,
    pid,
    silent,
    hub,
    warnings: snapshot?.warnings.map(({ message }) => message) ?? [],
    rows: Array.from(order, ({ depth, greenlet }) => ({ depth, info: greenlet })),
    children: children.map((child) => rowOf(child, path)),
  };
}
