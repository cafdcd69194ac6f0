/** Measures an agent's connection in both directions, with random bytes that only a real transfer can answer for. */
import { createHash, randomBytes } from 'node:crypto';
import { performance } from 'node:perf_hooks';
import { maxChunkBytes } from '@muster/agent';
import type { Link } from './link.ts';

const firstBytes = 1024 * 1024;
const mostBytes = 64 * 1024 * 1024;
/** A transfer that took this long is long enough to divide by. */
const enoughMs = 400;
/** Of a whole direction: a slow line answers its first MiB in less, and one that only pretends keeps no others waiting. */
const timeoutMs = 20_000;
const mebiNoise = 1024 * 1024;

export interface Speed {
  downMbps: number;
  upMbps: number;
}

/**
 * Mb/s to the worker (down) and from it (up): transfers of 1 MiB, 2 MiB, … until one takes 0.4 s or is of 64 MiB;
 * that one three times.
 *
 * @throws Error when a direction takes longer than 20 s, or the agent answers for bytes that it has not received
 */
export async function measureSpeed(link: Link, signal: AbortSignal): Promise<Speed> {
  return { downMbps: await fastest(link, download, signal), upMbps: await fastest(link, upload, signal) };
}

type Transfer = (link: Link, bytes: number, signal: AbortSignal) => Promise<void>;

/** The best of three: what the line can do, not what else the two machines were doing. */
async function fastest(link: Link, transfer: Transfer, signal: AbortSignal): Promise<number> {
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  const timed = async (bytes: number) => {
    inTime.throwIfAborted();
    const startedAt = performance.now();
    await transfer(link, bytes, inTime);
    return performance.now() - startedAt;
  };
  let bytes = firstBytes;
  let bestMs = await timed(bytes);
  while (bestMs < enoughMs && bytes < mostBytes) {
    bytes *= 2;
    bestMs = await timed(bytes);
  }
  for (let again = 0; again < 2; again++) bestMs = Math.min(bestMs, await timed(bytes));
  return Math.round((bytes * 8) / 1000 / bestMs);
}

async function download(link: Link, bytes: number, signal: AbortSignal): Promise<void> {
  const answer = Promise.withResolvers<string>();
  signal.addEventListener('abort', () => answer.reject(signal.reason), { once: true });
  // Nobody may be waiting yet when the signal comes.
  answer.promise.catch(() => {});
  const { stream, done } = link.probe({ received: answer.resolve, chunk: () => {} });
  try {
    link.send({ type: 'speed.down', stream, bytes });
    const hash = createHash('sha256');
    for (let left = bytes; left > 0; left -= mebiNoise) {
      const noise = randomBytes(Math.min(left, mebiNoise));
      hash.update(noise);
      let sent: Promise<void> | undefined;
      for (let from = 0; from < noise.length; from += maxChunkBytes) {
        sent = link.sendProbe(stream, noise.subarray(from, from + maxChunkBytes));
        sent.catch(() => {});
      }
      await Promise.race([sent, answer.promise]);
    }
    if ((await answer.promise) !== hash.digest('hex'))
      throw new Error('The agent answered for bytes that it has not received.');
  } finally {
    done();
  }
}

async function upload(link: Link, bytes: number, signal: AbortSignal): Promise<void> {
  const arrived = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => arrived.reject(signal.reason), { once: true });
  let left = bytes;
  const { stream, done } = link.probe({
    received: () => {},
    chunk: (length) => {
      left -= length;
      if (left <= 0) arrived.resolve();
    },
  });
  try {
    link.send({ type: 'speed.up', stream, bytes });
    await arrived.promise;
  } finally {
    done();
  }
}
