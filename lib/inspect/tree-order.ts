import type { GreenletInfo } from './greenlet-info.ts';

/** Each greenlet behind the one that spawned it, with its depth in the tree. */
export function inTreeOrder(greenlets: readonly GreenletInfo[]): { depth: number; info: GreenletInfo }[] {
  const known = new Set(greenlets.map(({ id }) => id));
  const roots: GreenletInfo[] = [];
  const children = new Map<number, GreenletInfo[]>();
  for (const info of greenlets) {
    const { id, spawnedBy } = info;
    if (spawnedBy === null || spawnedBy === id || !known.has(spawnedBy)) roots.push(info);
    else if (children.has(spawnedBy)) children.get(spawnedBy)?.push(info);
    else children.set(spawnedBy, [info]);
  }
  const order: { depth: number; info: GreenletInfo }[] = [];
  // Without recursion, because a chain of spawns may contain every greenlet.
  const next = roots.map((info) => ({ depth: 0, info })).reverse();
  for (let entry = next.pop(); entry !== undefined; entry = next.pop()) {
    const { depth, info } = entry;
    order.push(entry);
    for (const child of (children.get(info.id) ?? []).reverse()) next.push({ depth: depth + 1, info: child });
  }
  return order;
}
