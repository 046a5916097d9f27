/** How many greenlets wait for something outside the hub. */
export const external = { waits: 0 };
