import { type ChildNode, childNodes } from '../../hub/reports/children.ts';
import { askChildren, type FamilyMember } from '../family.ts';
import { inTreeOrder } from '../tree-order.ts';
import type { ProcessRow } from './protocol.ts';

/** How many greenlets of each process are shown. */
const ROWS = 50;
/** How long a child may take to answer, in milliseconds. */
const PATIENCE = 2_000;

/** The processes and threads that this one has started, asked as long as a page shows them. */
export class Relatives {
  /** What they have answered last. */
  rows: readonly ProcessRow[] = [];
  private isAsking = false;

  /**
   * Asks them, unless they are being asked.
   *
   * @param told called when they have answered
   */
  async ask(told: () => void): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      if (this.rows.length === 0) this.rows = childNodes.list().map(unheard);
      this.rows = (await askChildren({ limit: ROWS, patience: PATIENCE })).map(rowOf);
    } finally {
      this.isAsking = false;
    }
    told();
  }
}

function unheard({ name, kind, pid }: ChildNode): ProcessRow {
  return { name, kind, pid, silent: 'it has not answered yet', hub: null, warnings: [], rows: [], children: [] };
}

function rowOf({ name, kind, pid, silent, snapshot, children }: FamilyMember): ProcessRow {
  const order = inTreeOrder(
    snapshot?.greenlets ?? [],
    ({ id }) => id,
    ({ spawnedBy }) => spawnedBy,
  );
  return {
    name,
    kind,
    pid,
    silent,
    hub: snapshot?.hub ?? null,
    warnings: snapshot?.warnings.map(({ message }) => message) ?? [],
    rows: order.map(({ depth, greenlet }) => ({ depth, info: greenlet })),
    children: children.map(rowOf),
  };
}
