/** The messages from the worker of a program to its page. */
export type Message =
  | { readonly kind: 'line'; readonly text: string; readonly isError: boolean }
  /** The program fetched something from the embedded web. */
  | { readonly kind: 'pretended' }
  | { readonly kind: 'ended' }
  /** The program threw an error at its top level. */
  | { readonly kind: 'failed'; readonly text: string };
