import type { Service } from '../network/maker.ts';
import { increased, type Stored } from './stored.ts';

/** The object behind a ValueProxy. No method waits, so each is atomic. */
export class ValueService implements Service {
  private value: Stored;

  constructor(value: Stored) {
    this.value = value;
  }

  answer(method: string, [field]: readonly unknown[]): unknown {
    switch (method) {
      case 'get':
        return this.value;
      case 'set':
        this.value = field as Stored;
        return;
      case 'increment':
        this.value = increased(this.value, field as number, 'the value');
        return this.value.payload;
      default:
        throw new Error(`a value of a Manager has no ${method}()`);
    }
  }

  order(method: string): void {
    throw new Error(`a value of a Manager has no ${method}()`);
  }
}
