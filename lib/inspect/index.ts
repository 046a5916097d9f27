export { stackOf } from './stack-of.ts';
