import * as assert from 'uvu/assert';
import { generalWait } from '../../lib/inspect/general-wait.ts';
import { suite } from '../support/harness.ts';

const test = suite('inspect/general-wait');

test('leaves out what differs from greenlet to greenlet', () => {
  assert.is(generalWait('sleep(5)'), 'sleep(…)');
  assert.is(generalWait('a switch back to it'), 'a switch back to it');
  assert.is(generalWait('3 of 4 to be ready (a-1, b-2)'), '3 of 4 to be ready');
  assert.is(
    generalWait('an answer to a request to http://127.0.0.1:80/7'),
    'an answer to a request to http://127.0.0.1:80/…',
  );
});

test.run();
