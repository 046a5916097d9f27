/** The used part of the package, which has no types of its own. */
declare module 'async' {
  const async: {
    mapLimit<T, R>(inputs: T[], limit: number, map: (input: T) => Promise<R>): Promise<R[]>;
  };
  export default async;
}
