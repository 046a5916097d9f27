/** The only ways in which the page talks to its server. */
const token = new URLSearchParams(location.search).get('token') ?? '';
/** The name of this window, so that the server knows which streams are of one. */
const tab = crypto.getRandomValues(new Uint32Array(2)).join('-');
let isMeasuring = false;

/** Opens the stream of what a view shows. */
export function openStream(view: string, params: URLSearchParams): EventSource {
  const own = { view, tab, token, measure: isMeasuring ? 'on' : 'off' };
  return new EventSource(`/events?${new URLSearchParams([...params, ...Object.entries(own)])}`);
}

/** Kills a greenlet in the process at this path. Returns why that is refused; null if it is being killed. */
export function kill(path: string, id: number): Promise<string | null> {
  return post('/kill', { in: path, id: String(id) });
}

/** Turns measuring on or off while this page is open. Returns why that is refused; null if it is done. */
export async function measure(isOn: boolean): Promise<string | null> {
  const refusal = await post('/measure', { tab, measure: isOn ? 'on' : 'off' });
  if (refusal === null) isMeasuring = isOn;
  return refusal;
}

async function post(path: string, params: Record<string, string>): Promise<string | null> {
  try {
    const response = await fetch(`${path}?${new URLSearchParams({ ...params, token })}`, { method: 'POST' });
    return response.ok ? null : (await response.text()).trim();
  } catch {
    return 'the program does not answer';
  }
}
