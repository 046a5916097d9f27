/** Checks the limits. */
import { BUNDLE_UNIT, type BundleSize } from './bundle-size.ts';
import { IMPORT_LIMIT, type ImportTime } from './import-time.ts';
import type { Failed, Measured, Outcome } from './measure.ts';
import { type Limit, operations } from './operations.ts';
import { SCALING_LIMIT, type Scaled } from './scaling.ts';

export interface Verdict {
  operation: string;
  /** The peer, or '' for a limit on greenhub's own value. */
  peer: string;
  required: string;
  measured: string;
  met: boolean;
}

export interface Results {
  outcomes: Outcome[];
  scaled: Scaled[];
  imports: ImportTime[];
  sizes: BundleSize[];
}

/** A verdict for each limit whose operation and peer were measured. */
export function verdicts({ outcomes, scaled, imports, sizes }: Results): Verdict[] {
  return [
    ...outcomes.flatMap(verdictsOn),
    ...scaled
      .filter(({ who }) => who === 'greenhub')
      .map(({ title, ratio, many }) => ({
        operation: `scaling: ${title}`,
        peer: `greenhub with ${many.greenlets.toLocaleString('en')}`,
        required: `${times(SCALING_LIMIT)} that with 1,000`,
        measured: times(ratio),
        met: ratio <= SCALING_LIMIT,
      })),
    ...sizes.flatMap(({ bundle, gzipped, limit }) =>
      limit === null ? [] : [own(`size, gzipped: ${bundle}`, gzipped, limit, BUNDLE_UNIT)],
    ),
    ...imports
      .filter(({ module }) => module === 'greenhub')
      .map(({ value }) => own('import of greenhub, above an empty module', value, IMPORT_LIMIT, 'ms')),
  ];
}

function verdictsOn(outcome: Outcome): Verdict[] {
  const { limits } = operations.find(({ name }) => name === outcome.operation) as { limits: Limit[] };
  return limits.flatMap((limit) => {
    if ('below' in limit) return [own(outcome.title, outcome.greenhub.value, limit.below, outcome.unit)];
    if (limit.node !== undefined && limit.node !== nodeLine()) return [];
    const measured = outcome.peers.find(({ peer }) => peer === limit.peer);
    return measured === undefined || isFailed(measured) ? [] : [against(outcome.title, measured, limit)];
  });
}

function against(operation: string, { peer, ratio }: Measured, limit: Exclude<Limit, { below: number }>): Verdict {
  if ('atLeast' in limit) {
    const { atLeast } = limit;
    return {
      operation,
      peer,
      required: atLeast === 1 ? 'slower than ours' : `at least ${times(atLeast)} ours`,
      measured: times(ratio),
      met: ratio >= atLeast,
    };
  }
  const { atMost } = limit;
  return {
    operation,
    peer,
    required: `at most ${times(atMost)} the peer`,
    measured: times(1 / ratio),
    met: 1 / ratio <= atMost,
  };
}

function own(operation: string, value: number, limit: number, unit: string): Verdict {
  return {
    operation,
    peer: '',
    required: `below ${limit.toLocaleString('en')} ${unit}`,
    measured: `${number(value)} ${unit}`,
    met: value < limit,
  };
}

export function isFailed(measured: Measured | Failed): measured is Failed {
  return 'failure' in measured;
}

export function times(ratio: number): string {
  return `${ratio >= 100 ? number(ratio) : ratio.toFixed(2)} ×`;
}

export function number(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: Math.abs(value) < 100 ? 1 : 0 });
}

function nodeLine(): '20' | 'newer' {
  return Number(process.versions.node.split('.')[0]) < 22 ? '20' : 'newer';
}
