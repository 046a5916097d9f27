/** A target in TypeScript that needs no more than the removal of its types. */

export interface Point {
  x: number;
}

export const x = (point: Point): number => point.x;

export function fail(): never {
  const point: Point = { x: 1 };

  throw Object.assign(new RangeError(`no point at ${point.x}`), { code: 'ENOPOINT' });
}

export default () => 'the default';

export const noFunction = 3;
