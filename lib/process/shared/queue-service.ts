import type { Coroutine } from '../../greenlet/operation.ts';
import type { TimeoutOption } from '../../hub/checks/checks.ts';
import type { JoinableQueue } from '../../sync/joinable-queue.ts';
import type { Queue, ShutdownOptions } from '../../sync/queue.ts';
import { Grant, type Service } from '../network/maker.ts';
import type { Encoded } from '../travel/encode.ts';

/** The object behind a shared queue. It holds the items as they travel. */
export class QueueService implements Service {
  protected readonly queue: Queue<Encoded>;

  constructor(queue: Queue<Encoded>) {
    this.queue = queue;
  }

  *ask(method: string, fields: readonly unknown[]): Coroutine<unknown> {
    const { queue } = this;
    switch (method) {
      case 'get':
        return this.granted(yield* queue.get(fields[0] as TimeoutOption | undefined));
      case 'getNowait':
        return this.granted(queue.getNowait());
      case 'peek':
        return yield* queue.peek(fields[0] as TimeoutOption | undefined);
      case 'put':
        return yield* queue.put(fields[0] as Encoded, fields[1] as TimeoutOption | undefined);
      case 'putNowait':
        return queue.putNowait(fields[0] as Encoded);
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

  order(_method: string, [options]: readonly unknown[]): void {
    this.queue.shutdown(options as ShutdownOptions | undefined);
  }

  private granted(item: Encoded): Grant {
    return new Grant(item, () => this.queue.putBack(item));
  }
}

/** The object behind a shared JoinableQueue. */
export class JoinableQueueService extends QueueService {
  declare protected readonly queue: JoinableQueue<Encoded>;

  override *ask(method: string, fields: readonly unknown[]): Coroutine<unknown> {
    if (method === 'unfinishedTasks') return this.queue.unfinishedTasks;
    if (method === 'join') return yield* this.queue.join(fields[0] as TimeoutOption | undefined);
    return yield* super.ask(method, fields);
  }

  override order(method: string, fields: readonly unknown[]): void {
    if (method === 'taskDone') this.queue.taskDone();
    else super.order(method, fields);
  }
}
