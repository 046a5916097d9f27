import { suite } from '../support/harness.ts';
import { contract } from './contract.ts';
import { syncCases } from './sync-cases.ts';

const test = suite('contract/sync');

contract(test, syncCases);

test.run();
