export { forEach, type Source } from './for-each.ts';
