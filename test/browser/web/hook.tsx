/** What the tests of `useGreenlet()` do in the page. Each function returns what the test compares. */
import { type Coroutine, Event, GreenletExit, getHub, idle, run, sleep } from 'greenhub';
import { animationFrame } from 'greenhub/web';
import { type ReactNode, StrictMode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot, type Root } from 'react-dom/client';
import { ErrorBoundary } from '../../../examples/web/page/error-boundary.tsx';
import { useGreenlet } from '../../../examples/web/page/use-greenlet.ts';

const place = document.createElement('div');
document.body.append(place);

/** A greenlet that waits until it is killed, and what it has done. */
class Waiting {
  readonly log: string[] = [];
  readonly begun = new Event();
  readonly ended = new Event();

  *body(name: string): Coroutine<void> {
    this.log.push(`${name} begins`);
    this.begun.set();
    try {
      yield* sleep(Infinity);
    } finally {
      this.log.push(`${name} ends`);
      this.ended.set();
    }
  }
}

function Probe({ body, dep = 0 }: { body: () => unknown; dep?: number }) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a change of `dep` counts, not that of the function
  useGreenlet(body, [dep]);
  return 'mounted';
}

function rendered(node: ReactNode): Root {
  // What a boundary catches is no error of the page.
  const root = createRoot(place, { onCaughtError() {} });
  flushSync(() => root.render(node));
  return root;
}

const tests = {
  strictMode: () =>
    run(function* () {
      const waiting = new Waiting();
      const root = rendered(
        <StrictMode>
          <Probe body={() => waiting.body('it')} />
        </StrictMode>,
      );
      yield* waiting.begun.wait();
      yield* idle();
      root.unmount();
      yield* waiting.ended.wait();
      return waiting.log;
    }),

  dependencies: () =>
    run(function* () {
      const waiting = new Waiting();
      const probe = (dep: number) => <Probe body={() => waiting.body(`${dep}`)} dep={dep} />;
      const root = rendered(probe(1));
      yield* waiting.begun.wait();
      waiting.begun.clear();
      flushSync(() => root.render(probe(2)));
      yield* waiting.begun.wait();
      flushSync(() => root.render(probe(2)));
      yield* idle();
      const log = [...waiting.log];
      root.unmount();
      return log;
    }),

  error: () =>
    run(function* () {
      const root = rendered(
        <ErrorBoundary>
          <Probe
            body={function* () {
              yield* sleep(0);
              throw new RangeError('too far');
            }}
          />
        </ErrorBoundary>,
      );
      while (place.textContent === 'mounted') yield* animationFrame();
      const text = place.querySelector('[role=alert] p')?.textContent;
      root.unmount();
      return text;
    }),

  exit: () =>
    run(function* () {
      const begun = new Event();
      const root = rendered(
        <Probe
          body={function* () {
            begun.set();
            throw new GreenletExit();
          }}
        />,
      );
      yield* begun.wait();
      yield* idle();
      const text = place.textContent;
      root.unmount();
      return text;
    }),

  errorAfterUnmount: () =>
    run(function* () {
      const hub = getHub();
      const { handleError } = hub;
      const handled = new Event();
      let message = '';
      hub.handleError = (_, error) => {
        message = String(error);
        handled.set();
      };
      const begun = new Event();
      const root = rendered(
        <Probe
          body={function* () {
            try {
              begun.set();
              yield* sleep(Infinity);
            } finally {
              yield* failing();
            }
          }}
        />,
      );
      yield* begun.wait();
      root.unmount();
      yield* handled.wait();
      hub.handleError = handleError;
      return message;
    }),
};

function* failing(): Coroutine<never> {
  throw new Error('not closed');
}

export type Tests = typeof tests;

Object.assign(globalThis, { tests });
