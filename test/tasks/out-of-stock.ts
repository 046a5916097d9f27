import { registerError } from '../../lib/tasks/index.ts';

/** An error of a program, which is registered. */
export class OutOfStock extends Error {
  override name = 'OutOfStock';
  readonly item: string;
  constructor(item: string, options?: ErrorOptions) {
    super(`no ${item} left`, options);
    this.item = item;
  }
}
registerError(OutOfStock);
