// Makes an OpenTelemetry span of each greenlet, with the span of its spawner as parent. It prints the spans as they end.
// Run: npm run example opentelemetry-spans

import {
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  type Tracer,
  type TracerProvider,
  trace,
} from '@opentelemetry/api';
import { nursery, type RawGreenlet, run, sleep } from 'greenhub';
import { channels, type EndMessage, type GreenletMessage } from 'greenhub/inspect';
import { noArguments } from './support/arguments.ts';

noArguments();

// Your program registers the provider of an SDK instead.
trace.setGlobalTracerProvider(printingProvider());

const tracer = trace.getTracer('greenhub');
const spans = new WeakMap<RawGreenlet, Span>();

channels.spawn.subscribe((message) => {
  const { greenlet, by } = message as GreenletMessage;
  const parent = spans.get(by);
  const context = parent === undefined ? ROOT_CONTEXT : trace.setSpan(ROOT_CONTEXT, parent);
  spans.set(greenlet, tracer.startSpan(greenlet.name, undefined, context));
});

channels.end.subscribe((message) => {
  const { greenlet, outcome, result } = message as EndMessage;
  const span = spans.get(greenlet);
  if (outcome === 'failed') {
    span?.recordException(result as Error);
    span?.setStatus({ code: SpanStatusCode.ERROR });
  }
  span?.setAttribute('greenlet.outcome', outcome);
  span?.end();
});

run(function* main() {
  try {
    yield* nursery(function* (tasks) {
      tasks.spawn(function* load() {
        yield* sleep(1);
      });
      tasks.spawn(function* parse() {
        yield* sleep(2);
        throw new Error('unexpected end of input');
      });
      tasks.spawn(function* store() {
        yield* sleep(60_000);
      });
    });
  } catch (error) {
    console.log(`main: ${(error as Error).message}`);
  }
});

/** A provider whose spans print one line when they end. */
function printingProvider(): TracerProvider {
  const names = new WeakMap<Span, string>();
  const printing: Pick<Tracer, 'startSpan'> = {
    startSpan(name: string, _options?: unknown, context: Context = ROOT_CONTEXT) {
      const parent = trace.getSpan(context);
      const noted: string[] = [];
      const span: Pick<Span, 'setAttribute' | 'setStatus' | 'recordException' | 'end'> = {
        setAttribute(key, value) {
          noted.push(`${key} ${value}`);
          return span as Span;
        },
        setStatus: () => span as Span,
        recordException: (error) => void noted.push(String(error)),
        end: () => console.log([name, parent && `in ${names.get(parent)}`, ...noted].filter(Boolean).join(', ')),
      };
      names.set(span as Span, name);
      return span as Span;
    },
  };
  return { getTracer: () => printing as Tracer };
}
