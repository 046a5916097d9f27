import { suite } from '../support/harness.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';
import { contract } from './contract.ts';
import { staged } from './stage.ts';
import 'cron-parser';

const test = suite('tasks/embedded');

// On virtual time, where an hour is nothing.
contract(staged(test, async () => undefined, onVirtualTime));

test.run();
