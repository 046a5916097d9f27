/** Does nothing: the time to start a process. */
export {};
