import * as assert from 'uvu/assert';
import { BoundWork } from '../../lib/hub/bound-work.ts';
import { spawn } from '../../lib/index.ts';
import { letTheHubGather } from '../support/gathering.ts';
import { suite } from '../support/harness.ts';
import { outcomeOf } from '../support/outcome.ts';

const test = suite('bound work');

for (const [how, settle] of [
  ['ended', (resolve: () => void) => resolve()],
  ['failed', (_: () => void, reject: (error: unknown) => void) => reject(new Error('work failed'))],
] as const) {
  test(`where much comes who waits for work that has ${how} goes on in the turn of the event loop`, async () => {
    const order: string[] = [];
    let end = (): void => {};
    const source = new Promise<void>((resolve, reject) => {
      end = () => settle(resolve, reject);
    });
    const gr = spawn(function* () {
      yield* outcomeOf(new BoundWork().promise(source, () => {}));
      order.push('greenlet');
    });
    await letTheHubGather();

    end();
    for (let hops = 0; hops < 10; hops += 1) await null;
    order.push('microtasks');
    await gr;

    assert.equal(order, ['microtasks', 'greenlet']);
  });
}

test.run();
