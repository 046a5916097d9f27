/**
 * The site for the crawl, in its own process: `/<size>/<page>` is one of `size` pages, each with links to ten others. It speaks
 * just enough HTTP to be faster than any client, because a slow server would hide the differences between clients.
 */
import { type AddressInfo, createServer, type Socket } from 'node:net';

const filler = '<p>Some text that nobody reads, as there is on every page.</p>\n'.repeat(60);

createServer(serve).listen(0, '127.0.0.1', function (this: { address(): unknown }) {
  process.send?.(`http://127.0.0.1:${(this.address() as AddressInfo).port}`);
});
process.on('disconnect', () => process.exit());

function serve(socket: Socket): void {
  let text = '';
  socket.setNoDelay(true);
  socket.setEncoding('latin1');
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\r\n\r\n'); end !== -1; end = text.indexOf('\r\n\r\n')) {
      socket.write(answer(text.slice(0, end)), 'latin1');
      text = text.slice(end + 4);
    }
  });
}

const answers = new Map<string, string>();

function answer(head: string): string {
  const path = head.split(' ', 2)[1] ?? '';
  let known = answers.get(path);
  if (known === undefined) {
    const page = pageAt(path);
    known = `HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${page.length}\r\n\r\n${page}`;
    answers.set(path, known);
  }
  return known;
}

/** A tree, so that every page can be reached, plus some cross links. */
function pageAt(path: string): string {
  const [size, page] = path.split('/').slice(1).map(Number) as [number, number];
  const pages = [2 * page + 1, 2 * page + 2];
  for (let i = 1; i <= 8; i += 1) pages.push((page * 7 + i * 101) % size);
  const links = pages.filter((other) => other < size).map((other) => `<a href="/${size}/${other}">page ${other}</a>`);
  return `<!doctype html><title>page ${page}</title>${links.join('\n')}${filler}`;
}
