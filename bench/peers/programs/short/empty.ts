/** Nothing: what it takes to start a process. */
export {};
