import { handlesSignal, onSignal, type ProcessSignal } from '../loop/host-process.ts';

/**
 * Calls `listener` once, when the process receives SIGINT or SIGTERM. A second signal has its usual effect. A signal with a
 * handler set by `signalHandler()` of greenhub/monkey is left to that handler.
 *
 * @returns a function that stops listening
 */
export function onEndSignal(listener: (signal: ProcessSignal) => void): () => void {
  const stopListening = (['SIGINT', 'SIGTERM'] as const).map((signal) =>
    onSignal(signal, () => {
      if (handlesSignal(signal)) return;
      stop();
      listener(signal);
    }),
  );
  const stop = (): void => {
    for (const each of stopListening) each();
  };
  return stop;
}
