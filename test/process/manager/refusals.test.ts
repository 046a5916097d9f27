import * as assert from 'uvu/assert';
import { host } from '../../../lib/hub/loop/host.ts';
import { AuthenticationError } from '../../../lib/process/index.ts';
import { Refusals } from '../../../lib/process/manager/refusals.ts';
import { suite } from '../../support/harness.ts';

const test = suite('process/manager/refusals');

test('refusals are reported once a second at most, and the next report counts those between', () => {
  const { now, report } = host;
  let time = 0;
  const reports: string[] = [];
  host.now = () => time;
  host.report = (text) => void reports.push(text);
  try {
    const refusals = new Refusals();
    for (time of [0, 1, 999, 1_000, 2_000]) refusals.report(new AuthenticationError(`client ${time}`));
  } finally {
    Object.assign(host, { now, report });
  }

  assert.equal(reports, [
    'greenhub: a Manager has closed a connection: AuthenticationError: client 0',
    'greenhub: a Manager has closed a connection (and 2 more since the last report): AuthenticationError: client 1000',
    'greenhub: a Manager has closed a connection: AuthenticationError: client 2000',
  ]);
});

test.run();
