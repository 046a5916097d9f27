// Two schedules of an embedded app: an order comes every hour, and a report is due at 8 in Berlin on each working day. On
// Tuesday the mail server is down, so the report is tried again, first after 10 minutes, then after 20. The week passes on
// a VirtualClock, in milliseconds.
// Run: npm run example scheduled-report

import { Event, getHub, run } from 'greenhub';
import { currentTask, Tasks } from 'greenhub/tasks';
import { VirtualClock } from 'greenhub/testing';
import { noArguments } from './support/arguments.ts';

noArguments();

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const app = new Tasks({ name: 'shop' }); // without a url: embedded
let orders = 0;
let reports = 0;
const weekIsOver = new Event();

const order = app.task('order', () => {
  orders += 1;
});

const report = app.task(
  'report',
  () => {
    const { attempt } = currentTask();
    const at = berlinTime();
    if (at.startsWith('Tue') && attempt < 3) {
      console.log(`${at}  the mail server does not answer (attempt ${attempt})`);
      throw new Error('the mail server does not answer');
    }
    console.log(`${at}  report: ${orders} orders`);
    orders = 0;
    reports += 1;
    if (reports === 5) weekIsOver.set();
  },
  { attempts: 5, backoff: { delay: 10 * MINUTE, factor: 2 } },
);

// The time of an embedded app is that of the hub's clock. Without the VirtualClock, this program takes a week.
VirtualClock.install({ start: Date.now() });

run(function* main() {
  yield* app.schedule('daily report', { cron: '0 8 * * 1-5', tz: 'Europe/Berlin' }, report.s());
  yield* app.schedule('orders', { every: HOUR }, order.s());
  for (const { name, task } of yield* app.schedules()) console.log(`the schedule "${name}" runs the task ${task}`);
  yield* weekIsOver.wait();
  yield* app.close();
  console.log('5 reports: the week is over');
});

/** The time in Berlin, to the minute, such as `Tue 08:00`. */
function berlinTime(): string {
  const format = {
    timeZone: 'Europe/Berlin',
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  } as const;
  return new Intl.DateTimeFormat('en', format).format(getHub().now()).replace(',', '');
}
