/**
 * `http-client.ts <url> <milliseconds>`: on each message, sends one request after another for that long and reports the slowest
 * one.
 */
import { Agent, get } from 'node:http';

const [url, duration] = process.argv.slice(2) as [string, string];
const agent = new Agent({ keepAlive: true });

process.on('disconnect', () => process.exit());
process.on('message', async () => {
  const end = performance.now() + Number(duration);
  let worst = 0;
  while (performance.now() < end) {
    const started = performance.now();
    await request();
    worst = Math.max(worst, performance.now() - started);
  }
  process.send?.(worst);
});
// The first request loads modules and connects, so it does not count.
await request();
process.send?.('ready');

function request(): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => response.resume().on('end', resolve)).on('error', reject);
  });
}
