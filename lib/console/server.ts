/** The only two ways in which the page talks to its server. */
const token = new URLSearchParams(location.search).get('token') ?? '';

/** Opens the stream of what a view shows. */
export function openStream(view: string, params: URLSearchParams): EventSource {
  const search = new URLSearchParams([...params, ['view', view], ['token', token]]);
  return new EventSource(`/events?${search}`);
}

/** Asks for the death of a greenlet. Returns why that is refused; null if it is being killed. */
export async function kill(id: number): Promise<string | null> {
  try {
    const response = await fetch(`/kill?${new URLSearchParams({ id: String(id), token })}`, { method: 'POST' });
    return response.ok ? null : (await response.text()).trim();
  } catch {
    return 'the program does not answer';
  }
}
