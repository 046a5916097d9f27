/** The hub of the program: both load the same file of greenhub. */
export { getHub } from 'greenhub';
