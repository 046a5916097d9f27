/** What runs in a child process or thread that greenhub has started. */
export {};
