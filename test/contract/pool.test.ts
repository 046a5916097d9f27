import { suite } from '../support/harness.ts';
import { contract } from './contract.ts';
import { poolCases } from './pool-cases.ts';

const test = suite('contract/pool');

contract(test, poolCases);

test.run();
