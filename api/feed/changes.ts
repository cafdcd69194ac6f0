/**
 * Tells anyone that offers, prices or the public numbers have changed, and nothing of what: one watcher per process serves
 * every stream, so that a stream costs its connection and no query.
 */
import type { StreamReply } from '@muster/api-http';
import { minuteMs } from '@muster/common';
import { openStream } from './stream.ts';
import type { Waker } from './wake.ts';

/** Whoever is told reads again: no more often than this. */
const leastMs = 5_000;

/** Serves `event: changed`, without content, whenever it is worth reading again. */
export function followChanges(waker: Pick<Waker, 'on'>) {
  const watch = createWatch(waker);
  return async (_call: unknown, reply: StreamReply): Promise<void> => {
    const { response } = reply;
    const { ended } = openStream(reply, '');
    // A slow reader has one waiting already.
    const leave = watch.join(() => void (response.writableNeedDrain || response.write('event: changed\ndata:\n\n')));
    await ended;
    leave();
  };
}

/**
 * Calls those who joined when a worker or a cluster of any organization changed, and every minute, as prices are recomputed;
 * at most every five seconds, and once more after the last change. It listens only while somebody has joined.
 */
export function createWatch(waker: Pick<Waker, 'on'>): { join(tell: () => void): () => void } {
  const joined = new Set<() => void>();
  let toldAt = Number.NEGATIVE_INFINITY;
  let due: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;

  function note(): void {
    due ??= setTimeout(tellAll, Math.max(0, toldAt + leastMs - performance.now()));
  }

  function tellAll(): void {
    due = undefined;
    toldAt = performance.now();
    for (const tell of joined) tell();
  }

  function start(): () => void {
    const silence = waker.on('all', (type) => {
      if (type === undefined || /^(worker|cluster)\./.test(type)) note();
    });
    const prices = setInterval(note, minuteMs);
    return () => {
      silence();
      clearInterval(prices);
      clearTimeout(due);
      due = undefined;
    };
  }

  return {
    join(tell) {
      joined.add(tell);
      stop ??= start();
      return () => {
        joined.delete(tell);
        if (joined.size > 0) return;
        stop?.();
        stop = undefined;
      };
    },
  };
}
