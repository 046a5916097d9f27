import type { HistogramData } from '../inspect/console/protocol.ts';
import { count, fine } from './format.ts';
import { Nothing } from './parts.tsx';

/** At most so many bars, of the longest durations. */
const BARS = 26;

/** How often durations fell into which range. Each range is twice as wide as the one before. */
export function Histogram({ title, data, nothing }: { title: string; data: HistogramData; nothing: string }) {
  const { buckets, max, sum } = data;
  const first = Math.max(0, buckets.length - BARS, buckets.findIndex((bucket) => bucket.count > 0) - 1);
  const shown = buckets.slice(first);
  const most = Math.max(1, ...shown.map((bucket) => bucket.count));
  return (
    <figure class="histogram" style={{ '--bars': shown.length }}>
      <figcaption>
        <h3>{title}</h3>
        {data.count > 0 && (
          <span class="legend">
            <span>
              times <b>{count(data.count)}</b>
            </span>
            <span>
              mean <b>{fine(sum / data.count)}</b>
            </span>
            <span>
              longest <b>{fine(max)}</b>
            </span>
          </span>
        )}
      </figcaption>
      {data.count === 0 ? (
        <Nothing>{nothing}</Nothing>
      ) : (
        <>
          <ol class="bars">
            {shown.map(({ below, count: times }) => (
              <li key={below} title={`${fine(below / 2)} to ${fine(below)}: ${count(times)}`}>
                <span style={{ height: times === 0 ? '0' : `max(2px, ${(100 * times) / most}%)` }} />
              </li>
            ))}
          </ol>
          <p class="scale" aria-hidden="true">
            <span>{fine((shown[0]?.below ?? 0) / 2)}</span>
            <span>{fine(shown.at(-1)?.below ?? 0)}</span>
          </p>
        </>
      )}
    </figure>
  );
}
