import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { lines, run, startOnMonday } from './program.ts';

const test = suite('example scheduled-report');

const SCHEDULES = ['the schedule "daily report" runs the task report', 'the schedule "orders" runs the task order'];

test('a report each working day, of what came since the last one, tried again while the mail server is down', async () => {
  const { code, stdout, stderr } = await startOnMonday('scheduled-report').ended;
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  assert.equal(lines(stdout), [
    ...SCHEDULES,
    // An order at 06:30, and at 07:30.
    'Mon 08:00  report: 2 orders',
    'Tue 08:00  the mail server does not answer (attempt 1)',
    'Tue 08:10  the mail server does not answer (attempt 2)',
    'Tue 08:30  report: 25 orders',
    'Wed 08:00  report: 23 orders',
    'Thu 08:00  report: 24 orders',
    'Fri 08:00  report: 24 orders',
    '5 reports: the week is over',
  ]);
});

test('whenever it starts, it makes a report on each of the five working days', async () => {
  const { code, stdout, stderr } = await run('scheduled-report');
  assert.equal({ code, stderr }, { code: 0, stderr: '' });
  const reports = lines(stdout).filter((line) => /^\w{3} 08:[03]0 {2}report: \d+ orders$/.test(line));
  assert.equal(reports.map((line) => line.slice(0, 3)).sort(), ['Fri', 'Mon', 'Thu', 'Tue', 'Wed']);
  assert.is(lines(stdout).at(-1), '5 reports: the week is over');
});

test.run();
