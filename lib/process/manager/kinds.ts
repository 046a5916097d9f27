/** The proxies of a Manager's data. They can be inside any message, so a child loads them before it reads its first one. */
export { DictProxy } from './dict.ts';
export { ListProxy } from './list.ts';
export { NamespaceProxy } from './namespace.ts';
export { ValueProxy } from './value.ts';
