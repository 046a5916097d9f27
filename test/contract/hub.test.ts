import { suite } from '../support/harness.ts';
import { contract } from './contract.ts';
import { hubCases } from './hub-cases.ts';

const test = suite('contract/hub');

contract(test, hubCases);

test.run();
