import { availableParallelism } from 'node:os';
import { type Operation, operation } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../../hub/checks/checks.ts';
import { checkedOptions, TIMEOUT } from '../../hub/checks/options.ts';
import { here } from '../child/here.ts';
import { thisChild } from '../child/this-child.ts';

/** This process or thread. */
export interface CurrentProcess {
  readonly name: string;
  readonly pid: number;
  readonly daemon: boolean;
  readonly kind: 'process' | 'thread';
}

/** The process or thread that has started this one. */
export interface ParentProcess {
  readonly name: string;
  readonly pid: number;
  isAlive(): boolean;
  /** Waits until it has ended: true, or false if the time is up. This process ends then, too. */
  join(options?: TimeoutOption): Operation<boolean>;
}

/** What this process or thread is. The main program is called MainProcess. */
export function currentProcess(): CurrentProcess {
  const { name, daemon, kind } = here;
  return { name, pid: process.pid, daemon, kind };
}

/** The process or thread that has started this one; null in the main program. */
export function parentProcess(): ParentProcess | null {
  if (here.parent === null) return null;
  return {
    ...here.parent,
    isAlive: () => !thisChild.parentEnded.isSet(),
    join: (options) => {
      checkedOptions(options, TIMEOUT, 'parentProcess().join()');
      return operation(() => thisChild.parentEnded.wait(options)[Symbol.iterator](), 'parentProcess().join()');
    },
  };
}

/** How many cores this process may use. */
export function cpuCount(): number {
  return availableParallelism();
}
