/** Where a child finds its end of the channel: the field of `workerData` that holds the port of a thread, … */
export const PORT = 'greenhub.port';
/** … the one that holds the memory of its bells … */
export const BELLS = 'greenhub.bells';
/** … and the file descriptor of a process. */
export const CHANNEL_FD = 3;
/** The file descriptor that a watchdog reads. It reaches its end when the parent ends. */
export const WATCHDOG_FD = 5;
