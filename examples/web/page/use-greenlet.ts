import { GreenletExit, getHub, spawn } from 'greenhub';
import { type DependencyList, useEffect, useState } from 'react';

/**
 * Runs a greenlet while the component is mounted. It is spawned after the first render, and anew when one of `deps` has changed. It is
 * killed before that and on unmount, so its requests are aborted and its `finally` blocks run.
 *
 * If the greenlet throws, the component throws the error when it is rendered next, and the nearest error boundary catches it. An error
 * of a greenlet that was already killed goes to `getHub().handleError`, because its component may be gone.
 *
 * @param fn usually a `function*`; it sees the props and the state of the render in which `deps` changed
 * @param deps as for `useEffect()`
 *
 * @example
 * useGreenlet(function* () {
 *   setUser(yield* load(id));
 * }, [id]);
 */
export function useGreenlet(fn: () => unknown, deps: DependencyList): void {
  const [failure, setFailure] = useState<{ readonly error: unknown }>();

  const live = () => {
    let isCurrent = true;
    const greenlet = spawn(fn);
    greenlet.linkException(({ exception: error }) => {
      if (error instanceof GreenletExit) return;
      if (isCurrent) setFailure({ error });
      else getHub().handleError(greenlet, error);
    });
    return () => {
      isCurrent = false;
      greenlet.kill();
    };
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller gives the dependencies of `fn`
  useEffect(live, deps);

  if (failure !== undefined) throw failure.error;
}
