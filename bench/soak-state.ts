import { readdirSync, readlinkSync } from 'node:fs';
import { getHub } from 'greenhub';
import { collectGarbage } from './row.ts';
import { median } from './statistics.ts';

const MEBIBYTE = 2 ** 20;
/** How much the heap may grow from the middle to the end and still count as flat. */
const ALLOWED_GROWTH = 0.15;

/** The resources of a process that could leak. */
export interface Holdings {
  /** Sockets according to Node. */
  handles: number;
  /** Sockets according to the kernel; 0 if there is no /proc. */
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
    // The descriptor used to read the folder itself.
    return false;
  }
}

/** Samples of the heap, each after a full garbage collection. */
export class MemorySeries {
  private readonly heap: number[] = [];

  /** Takes a sample and returns a line about it. */
  look(): string {
    collectGarbage();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    this.heap.push(heapUsed);
    return `heap ${inMebibytes(heapUsed)}, buffers ${inMebibytes(arrayBuffers)}, resident ${inMebibytes(rss)}`;
  }

  /** The relative growth from the second third to the last. The first third is the start-up. */
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
