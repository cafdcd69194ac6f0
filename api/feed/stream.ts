/** What every stream of server-sent events has in common: its head, its heartbeat, and its end. */
import type { StreamReply } from '@muster/api-http';

const heartbeatMs = 15_000;
/** Then the client comes back, with credentials that are looked at again. */
const longestMs = 600_000;

/**
 * Writes the head of a stream and keeps it alive until the caller goes, the process stops, or ten minutes have passed.
 *
 * @param first what the client is told at once
 * @returns a promise of the stream's end, which may be brought about by `response.end()`
 */
export function openStream({ response, closed }: StreamReply, first: string): { ended: Promise<void> } {
  response.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  response.write(`retry: 1000\n${first}\n`);
  const heartbeat = setInterval(() => response.write(': \n\n'), heartbeatMs);
  const end = setTimeout(() => response.end(), longestMs);
  const ended = new Promise<void>((resolve) => {
    const stop = () => {
      clearInterval(heartbeat);
      clearTimeout(end);
      resolve();
    };
    // Who has gone already, while the first answer was read, is not told of again.
    if (response.closed) stop();
    else response.once('close', stop);
  });
  if (closed.aborted) response.end();
  else closed.addEventListener('abort', () => response.end(), { once: true });
  return { ended };
}
