/** How many greenlets of the hub were created, which is the last id that was given out, and how many have ended. */
export const counts = { created: 0, ended: 0 };
