import { readdirSync, readlinkSync } from 'node:fs';
import { getHub } from 'greenhub';
import { collectGarbage } from './row.ts';
import { median } from './statistics.ts';

const MEBIBYTE = 2 ** 20;
/** By how much the heap may have grown from the middle to the end before it is said not to be flat. */
const ALLOWED_GROWTH = 0.15;

/** What a process holds that it could leak. */
export interface Holdings {
  /** Sockets that Node knows of. */
  handles: number;
  /** Sockets that the kernel knows of; 0 where there is no /proc. */
  descriptors: number;
  greenlets: number;
}

export function holdings(): Holdings {
  const handles = process.getActiveResourcesInfo().filter((kind) => /^(TCP|Pipe)/.test(kind)).length;
  return { handles, descriptors: socketDescriptors(), greenlets: [...getHub().living()].length };
}

function socketDescriptors(): number {
  let count = 0;
  try {
    for (const name of readdirSync('/proc/self/fd')) if (isSocket(`/proc/self/fd/${name}`)) count += 1;
  } catch {
    return 0;
  }
  return count;
}

function isSocket(path: string): boolean {
  try {
    return readlinkSync(path).startsWith('socket:');
  } catch {
    // The one that the folder itself was read by.
    return false;
  }
}

/** The heap as it was from time to time, each time after a full collection. */
export class MemorySeries {
  private readonly heap: number[] = [];

  /** Looks now, and gives a line about it. */
  look(): string {
    collectGarbage();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    this.heap.push(heapUsed);
    return `heap ${inMebibytes(heapUsed)}, buffers ${inMebibytes(arrayBuffers)}, resident ${inMebibytes(rss)}`;
  }

  /** How much larger the last third is than the one before, as a share; the first third is the start. */
  get growth(): number {
    const third = Math.floor(this.heap.length / 3);
    if (third === 0) return 0;
    return median(this.heap.slice(-third)) / median(this.heap.slice(-2 * third, -third)) - 1;
  }

  get isFlat(): boolean {
    return this.growth <= ALLOWED_GROWTH;
  }

  get text(): string {
    return `${this.heap.map((size) => (size / MEBIBYTE).toFixed(1)).join(' ')} MiB`;
  }
}

function inMebibytes(size: number): string {
  return `${(size / MEBIBYTE).toFixed(1).padStart(6)} MiB`;
}
