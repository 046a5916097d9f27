/** The machine of a pool with workers that are objects: the order of tasks, on random schedules. */
import * as assert from 'uvu/assert';
import { GreenletExit } from '../../../lib/index.ts';
import { WorkerLostError } from '../../../lib/process/errors.ts';
import { Dispatcher, type DispatcherOptions } from '../../../lib/process/pool/dispatcher.ts';
import type { Job } from '../../../lib/process/pool/job.ts';
import { CALL_OFF, DONE, FAILED, LOAD, LOADED, type Message, READY, RUN } from '../../../lib/process/pool/messages.ts';
import { packedArgs } from '../../../lib/process/pool/packing.ts';
import type { WorkerEvents, WorkerLink } from '../../../lib/process/pool/pool-worker.ts';
import { CallTask } from '../../../lib/process/pool/tasks.ts';
import { suite } from '../../support/harness.ts';
import { Random } from '../../support/random.ts';

const test = suite('process/pool/dispatcher');

const target = { index: 0, place: { module: 'file:///work.js', export: 'work' } };

/** A worker that answers when it is told to. */
class FakeWorker implements WorkerLink {
  readonly running: number[] = [];
  isKilled = false;
  /** The target that it has to import. */
  private toLoad: unknown = null;
  isAsked = false;
  readonly received = 0;
  readonly events: WorkerEvents;

  constructor(events: WorkerEvents) {
    this.events = events;
  }

  post([kind, id]: Message): void {
    if (kind === LOAD) this.toLoad = id;
    if (kind === RUN) this.running.push(id as number);
    if (kind === CALL_OFF) {
      this.running.splice(this.running.indexOf(id as number), 1);
      this.events.received([FAILED, id, new GreenletExit('killed'), null, true]);
    }
  }

  receiveNow(): boolean {
    return false;
  }

  terminate(): void {
    this.isAsked = true;
  }

  kill(): void {
    this.isKilled = true;
  }

  load(): void {
    const target = this.toLoad;
    this.toLoad = null;
    if (target !== null) this.events.received([LOADED, target]);
  }

  finish(index = 0): void {
    const [id] = this.running.splice(index, 1);
    this.events.received([DONE, id, id]);
  }

  end(exitcode: number): void {
    this.events.ended(exitcode, null);
  }
}

class Fakes {
  readonly all: FakeWorker[] = [];
  readonly dispatcher: Dispatcher;
  readonly over: Job[] = [];
  readonly begun: number[] = [];

  constructor(options: Partial<DispatcherOptions> = {}) {
    this.dispatcher = new Dispatcher({
      name: 'pool',
      size: 2,
      concurrency: 1,
      maxTasks: Infinity,
      hasInitializer: false,
      polls: false,
      start: (_name, events) => {
        const worker = new FakeWorker(events);
        this.all.push(worker);
        return worker;
      },
      busy() {},
      ended() {},
      ...options,
    });
  }

  submit(): Job {
    const args = packedArgs([], { toThread: true, use: 'argument' });
    return this.dispatcher.submit(new CallTask(target, args, 'work', null), (job) => this.over.push(job));
  }

  get living(): FakeWorker[] {
    return this.all.filter(({ isKilled, isAsked }) => !isKilled && !isAsked);
  }
}

test('tasks begin in the order of the calls, each with the worker that has most free slots', () => {
  const fakes = new Fakes({ concurrency: 2 });
  for (const worker of fakes.all) worker.events.received([READY]);
  for (let i = 0; i < 6; i += 1) fakes.submit();
  const [first, second] = fakes.all as [FakeWorker, FakeWorker];
  for (const worker of fakes.all) worker.load();
  assert.equal(first.running, [1, 3]);
  assert.equal(second.running, [2, 4]);

  second.finish();
  assert.equal(second.running, [4, 5]);
  first.finish(1);
  assert.equal(first.running, [1, 6]);
});

test('a worker gets nothing before it is ready', () => {
  const fakes = new Fakes();
  fakes.submit();
  const [first, second] = fakes.all as [FakeWorker, FakeWorker];
  assert.equal([first.running, second.running], [[], []]);
  second.events.received([READY]);
  second.load();
  assert.equal([first.running, second.running], [[], [1]]);
  second.finish();
});

test('whatever happens, each task ends once, its slot is free again, and the pool has all its workers', () => {
  for (let seed = 1; seed <= 200; seed += 1) {
    const random = new Random(seed);
    const concurrency = random.int(1, 3);
    const fakes = new Fakes({ size: 3, concurrency });
    const jobs: Job[] = [];
    const pick = <T>(list: readonly T[]): T => list[random.int(0, list.length - 1)] as T;
    const steps: (() => void)[] = [
      () => void jobs.push(fakes.submit()),
      () => void jobs.push(fakes.submit()),
      () => pick(fakes.living).events.received([READY]),
      () => pick(fakes.living).load(),
      () => {
        const worker = pick(fakes.living);
        if (worker.running.length > 0) worker.finish(random.int(0, worker.running.length - 1));
      },
      () => {
        if (jobs.length > 0) fakes.dispatcher.callOff(pick(jobs));
      },
      () => {
        const worker = pick(fakes.living);
        worker.isKilled = true;
        worker.end(-9);
      },
    ];
    for (let step = 0; step < 100; step += 1) {
      pick(steps)();
      assert.is(fakes.living.length, 3, `seed ${seed}: the pool has 3 workers`);
      for (const { running } of fakes.living)
        assert.ok(running.length <= concurrency, `seed ${seed}: no slot too many`);
    }
    for (let turn = 0; turn < 200 && fakes.over.length < jobs.length; turn += 1) {
      for (const worker of fakes.living) {
        worker.events.received([READY]);
        worker.load();
        while (worker.running.length > 0) worker.finish();
      }
    }
    assert.is(fakes.over.length, jobs.length, `seed ${seed}: every task is over`);
    assert.is(new Set(fakes.over).size, jobs.length, `seed ${seed}: once`);
    for (const { hasFailed, id, result } of jobs) {
      const isRight = hasFailed ? result instanceof GreenletExit || result instanceof WorkerLostError : result === id;
      assert.ok(isRight, `seed ${seed}: task ${id} gave ${String(result)}`);
    }
  }
});

test('workers that end by themselves before any was ready break the pool', () => {
  const fakes = new Fakes();
  const job = fakes.submit();
  fakes.all[0]?.end(1);
  assert.instance(job.result, WorkerLostError);
  assert.throws(
    () => fakes.dispatcher.checkOpen('apply()'),
    (error: unknown) => error === job.result,
  );
});

test('the workers stay after close() while a call may submit more tasks, and end with it', () => {
  const fakes = new Fakes({ size: 1 });
  const [worker] = fakes.all as [FakeWorker];
  worker.events.received([READY]);
  fakes.dispatcher.enter();
  fakes.dispatcher.close();
  assert.is(worker.isAsked, false);

  const job = fakes.submit();
  worker.load();
  worker.finish();
  assert.is(job.result, 1);
  assert.is(worker.isAsked, false);

  fakes.dispatcher.leave();
  assert.is(worker.isAsked, true);
  worker.end(0);
  assert.is(fakes.dispatcher.allEnded.isSet(), true);
});

test('terminate() ends the workers, even if a call never ends', () => {
  const fakes = new Fakes({ size: 1 });
  fakes.dispatcher.enter();
  fakes.dispatcher.terminate();
  fakes.all[0]?.end(0);
  assert.is(fakes.dispatcher.allEnded.isSet(), true);
});

test('an iteration that submits a task when the workers of its closed pool have gone gets a new one', () => {
  const fakes = new Fakes({ size: 2 });
  fakes.dispatcher.close();
  for (const worker of fakes.all) worker.end(0);
  assert.is(fakes.dispatcher.allEnded.isSet(), true);

  const job = fakes.submit();
  assert.is(fakes.all.length, 3);
  assert.is(fakes.dispatcher.allEnded.isSet(), false);
  const worker = fakes.all[2] as FakeWorker;
  worker.events.received([READY]);
  worker.load();
  worker.finish();
  assert.is(job.result, 1);
  assert.is(worker.isAsked, true);
  worker.end(0);
  assert.is(fakes.dispatcher.allEnded.isSet(), true);
});

test('a task that is submitted after the end of its pool fails, and nothing waits for it', () => {
  const fakes = new Fakes({ size: 1 });
  fakes.dispatcher.terminate();
  assert.throws(
    () => fakes.submit(),
    (error: unknown) => error instanceof GreenletExit,
  );
  const broken = new Fakes({ size: 1 });
  const first = broken.submit();
  broken.all[0]?.end(1);
  assert.throws(
    () => broken.submit(),
    (error: unknown) => error === first.result,
  );
});

test('arguments that cannot be copied fail the call, and leave no task behind', () => {
  let isBusy = false;
  const fakes = new Fakes({
    size: 1,
    busy(now) {
      isBusy = now;
    },
  });
  const buffer = new ArrayBuffer(8);
  const moved = packedArgs([buffer], { toThread: true, use: 'argument' }, [buffer, buffer]);
  const submit = () => fakes.dispatcher.submit(new CallTask(target, moved, 'work', null));

  assert.throws(submit, (error: unknown) => (error as Error).name === 'DataCloneError');
  fakes.all[0]?.events.received([READY]);
  assert.throws(submit, (error: unknown) => (error as Error).name === 'DataCloneError');

  assert.is(isBusy, false);
  assert.is(fakes.dispatcher.stateText(), 'idle');
});

test('a pool whose first workers cannot all be started ends those that were', () => {
  const started: FakeWorker[] = [];
  const start = (_name: string, events: WorkerEvents): FakeWorker => {
    if (started.length === 2) throw new Error('too many files are open');
    started.push(new FakeWorker(events));
    return started.at(-1) as FakeWorker;
  };
  assert.throws(() => new Fakes({ size: 3, start }), /too many files/);
  assert.equal(
    started.map(({ isAsked }) => isAsked),
    [true, true],
  );
});

test('if a worker cannot be replaced, the others go on; without any, every call fails', () => {
  const all: FakeWorker[] = [];
  let isFull = false;
  const start = (_name: string, events: WorkerEvents): FakeWorker => {
    if (isFull) throw new Error('too many files are open');
    all.push(new FakeWorker(events));
    return all.at(-1) as FakeWorker;
  };
  const fakes = new Fakes({ size: 2, start });
  for (const worker of all) worker.events.received([READY]);
  isFull = true;
  all[0]?.end(-9);
  const job = fakes.submit();
  all[1]?.load();
  all[1]?.finish();
  assert.is(job.result, 1);

  const last = fakes.submit();
  const waiting = fakes.submit();
  all[1]?.end(-9);
  assert.instance(last.result, WorkerLostError);
  assert.match(String(waiting.result), 'too many files');
});

test.run();
