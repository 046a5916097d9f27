import { suite } from '../support/harness.ts';
import { onVirtualTime } from '../support/virtual-clock.ts';
import { contract } from './contract.ts';
import { flowContract } from './contract-flows.ts';
import { resultContract } from './contract-results.ts';
import { staged } from './stage.ts';
import 'cron-parser';

const test = suite('tasks/embedded');

// On virtual time, where an hour is nothing.
const stagedTest = staged(test, async () => undefined, onVirtualTime);
contract(stagedTest);
resultContract(stagedTest);
flowContract(stagedTest);

test.run();
