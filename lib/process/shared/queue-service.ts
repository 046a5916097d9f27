import { isA } from '../../greenlet/errors.ts';
import type { Coroutine } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../../hub/checks/checks.ts';
import { ShutDown } from '../../sync/errors.ts';
import { Event } from '../../sync/event.ts';
import type { JoinableQueue } from '../../sync/joinable-queue.ts';
import type { Queue, ShutdownOptions } from '../../sync/queue.ts';
import { Grant, type Service, WAITS } from '../network/maker.ts';
import { copyOf } from '../travel/copy.ts';
import type { Packed } from '../travel/packed.ts';

/** The object behind a shared queue. It holds the items as they travel. */
export class QueueService implements Service {
  protected readonly queue: Queue<Packed>;
  /** The items that were granted and not acknowledged. */
  private underWay = 0;
  private readonly arrival = new Event();

  constructor(queue: Queue<Packed>) {
    this.queue = queue;
  }

  answer(method: string, fields: readonly unknown[]): unknown {
    const { queue } = this;
    switch (method) {
      case 'get':
        return queue.empty() ? WAITS : this.granted(queue.getNowait());
      case 'getNowait':
        return this.granted(queue.getNowait());
      case 'peek':
        // Decoding changes what it decodes, and the item stays.
        return queue.empty() ? WAITS : copyOf(queue.peekNowait());
      case 'put':
        return queue.full() ? WAITS : queue.putNowait(fields[0] as Packed);
      case 'putNowait':
        return queue.putNowait(fields[0] as Packed);
      case 'qsize':
        return queue.qsize();
      case 'empty':
        return queue.empty();
      case 'full':
        return queue.full();
      default:
        throw new Error(`a shared queue has no ${method}()`);
    }
  }

  *answerLater(method: string, fields: readonly unknown[]): Coroutine<unknown> {
    const { queue } = this;
    if (method === 'get') return yield* this.get(fields[0] as TimeoutOption | undefined);
    if (method === 'peek') return copyOf(yield* queue.peek(fields[0] as TimeoutOption | undefined));
    return yield* queue.put(fields[0] as Packed, fields[1] as TimeoutOption | undefined);
  }

  order(_method: string, [options]: readonly unknown[]): void {
    this.queue.shutdown(options as ShutdownOptions | undefined);
  }

  private *get(options: TimeoutOption | undefined): Coroutine<Grant> {
    for (;;) {
      try {
        return this.granted(yield* this.queue.get(options));
      } catch (error) {
        // The queue is drained only once the items that are under way have arrived: one may still come back.
        if (!isA(error, ShutDown) || this.underWay === 0) throw error;
        yield* this.arrival.wait();
      }
    }
  }

  private granted(item: Packed): Grant {
    this.underWay += 1;
    return new Grant(
      item,
      () => {
        this.queue.putBack(item);
        this.arrived();
      },
      () => this.arrived(),
    );
  }

  /** An item is no longer under way. */
  private arrived(): void {
    this.underWay -= 1;
    this.arrival.set();
    this.arrival.clear();
  }
}

/** The object behind a shared JoinableQueue. */
export class JoinableQueueService extends QueueService {
  declare protected readonly queue: JoinableQueue<Packed>;

  override answer(method: string, fields: readonly unknown[]): unknown {
    if (method === 'unfinishedTasks') return this.queue.unfinishedTasks;
    return method === 'join' ? WAITS : super.answer(method, fields);
  }

  override *answerLater(method: string, fields: readonly unknown[]): Coroutine<unknown> {
    if (method === 'join') return yield* this.queue.join(fields[0] as TimeoutOption | undefined);
    return yield* super.answerLater(method, fields);
  }

  override order(method: string, fields: readonly unknown[]): void {
    if (method === 'taskDone') this.queue.taskDone();
    else super.order(method, fields);
  }
}
