import { counted, line, TEXT } from '../greenlet/shown.ts';
import type { Core } from './core.ts';
import type { NewJob } from './engine.ts';
import type { CallPlan } from './options.ts';
import { type AnySignature, type ResultOf, Signature } from './signature.ts';
import { checkedCalls, Single } from './single.ts';

/** What a group or a chord can hold: a call, a chain or a chord that lacks nothing. */
export type Complete = Signature<[], unknown> | TaskChain<unknown> | TaskChord<unknown>;

/** Calls of which each lacks exactly what the one before gives. */
export type Steps<S extends readonly unknown[], Given extends unknown[] = []> = S extends readonly [
  infer Step,
  ...infer Others,
]
  ? Step extends Signature<infer Missing, infer R>
    ? [Given extends Missing ? Step : Signature<Given, R>, ...Steps<Others, [R]>]
    : never
  : [];

/** The result of the last call. */
export type LastResult<S extends readonly unknown[]> = S extends readonly [...unknown[], infer Last]
  ? ResultOf<Last>
  : never;

/** Calls that run one after the other, each with the result of the one before: see `app.chain()`. */
export class TaskChain<R> extends Single<R> {
  private readonly steps: readonly AnySignature[];

  /** @internal */
  constructor(core: Core, steps: readonly AnySignature[]) {
    super(core);
    this.steps = checkedCalls<AnySignature>(core, steps, Signature, 'app.chain()');
    if (steps.length === 0) throw new RangeError('app.chain() takes at least one call');
  }

  /** @internal */
  [TEXT](): string {
    return line('TaskChain', 'TaskChain', counted(this.steps.length, 'call'));
  }

  /** @internal */
  job(call: CallPlan): NewJob {
    const last = this.steps.length - 1;
    let job: NewJob | null = null;
    for (const [index, step] of this.steps.entries()) {
      // The time of the call is that of its first job, and the id that of its last, which has the result.
      const plan = { ...call, delay: index === 0 ? call.delay : 0, id: index === last ? call.id : null };
      job = job === null ? step.job(plan) : step.job(plan, { children: [job], takes: 'one' });
    }
    return job as NewJob;
  }
}

/** A call that runs once all calls of a group have, with the list of their results: see `app.chord()`. */
export class TaskChord<R> extends Single<R> {
  private readonly before: readonly Single<unknown>[];
  private readonly callback: AnySignature;

  /** @internal */
  constructor(core: Core, before: readonly Single<unknown>[], callback: AnySignature) {
    super(core);
    this.before = before;
    [this.callback] = checkedCalls<AnySignature>(core, [callback], Signature, 'app.chord()') as [AnySignature];
  }

  /** @internal */
  [TEXT](): string {
    return line('TaskChord', 'TaskChord', `${counted(this.before.length, 'call')} and a callback`);
  }

  /** @internal */
  job(call: CallPlan): NewJob {
    const children = this.before.map((each) => each.job({ ...call, id: null }));
    const delay = children.length === 0 ? call.delay : 0;
    return this.callback.job({ ...call, delay }, { children, takes: 'all' });
  }
}
