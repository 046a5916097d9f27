import type { ResourceLimits } from 'node:worker_threads';

/** The limits of a thread's memory, as flags for a process. V8 refuses fractions there, and takes 0 for no limit. */
export function heapFlags(limits: ResourceLimits = {}): string[] {
  const { maxOldGenerationSizeMb, maxYoungGenerationSizeMb, stackSizeMb } = limits;
  const flags = [];
  if (maxOldGenerationSizeMb !== undefined) flags.push(`--max-old-space-size=${whole(maxOldGenerationSizeMb)}`);
  // The young generation consists of three semi-spaces.
  if (maxYoungGenerationSizeMb !== undefined) {
    flags.push(`--max-semi-space-size=${whole(maxYoungGenerationSizeMb / 3)}`);
  }
  if (stackSizeMb !== undefined) flags.push(`--stack-size=${whole(stackSizeMb * 1024)}`);
  return flags;
}

function whole(size: number): number {
  return Math.max(1, Math.ceil(size));
}
