import { handlesSignal, onSignal, type ProcessSignal } from '../loop/host-process.ts';

let received: ProcessSignal | null = null;

/** The signal that ends this process; null if it has received none. */
export function endSignal(): ProcessSignal | null {
  return received;
}

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
      received = signal;
      listener(signal);
    }),
  );
  const stop = (): void => {
    for (const each of stopListening) each();
  };
  return stop;
}
