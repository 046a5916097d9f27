import { all, allSettled, any, type Body, type Operation, race, select } from '../../lib/index.ts';

type Combine = (bodies: readonly Body<unknown>[]) => Operation<unknown>;

/** The combinators in which one branch may succeed. */
export const exclusive: { name: string; combine: Combine }[] = [
  { name: 'race', combine: race },
  { name: 'any', combine: any },
  {
    name: 'select',
    combine: (bodies) => select(Object.fromEntries(bodies.map((body, index) => [`case${index}`, body] as const))),
  },
];

export const combinators: { name: string; combine: Combine }[] = [
  ...exclusive,
  { name: 'all', combine: all },
  { name: 'allSettled', combine: allSettled },
];
