// The options of tasks that both a test and its workers define.

export const RETRIES = { attempts: 4, backoff: { delay: 20, factor: 2 } };

export const RATE = { limit: 5, interval: 200 };
