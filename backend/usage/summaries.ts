/** What community workers told at their last heartbeat: their bridge notes it beside the heartbeat, their pool's orchestrator reads it. */
import { secondMs } from '@muster/common';
import type { Redis } from 'ioredis';

/** As long as a worker may be silent. */
const keptMs = 40 * secondMs;
const batch = 500;

function keyOf(nodeName: string): string {
  return `usage:node:${nodeName}`;
}

/** Notes what the pods of a node use, in the shape of the kubelet's Summary API. */
export async function noteSummary(redis: Redis, nodeName: string, summary: object): Promise<void> {
  await redis.set(keyOf(nodeName), JSON.stringify(summary), 'PX', keptMs);
}

/** What was noted lately, by node; nothing for a node that was not heard. */
export async function readSummaries(redis: Redis, nodeNames: readonly string[]): Promise<Map<string, unknown>> {
  const summaries = new Map<string, unknown>();
  for (let start = 0; start < nodeNames.length; start += batch) {
    const some = nodeNames.slice(start, start + batch);
    for (const [index, text] of (await redis.mget(some.map(keyOf))).entries()) {
      if (text !== null) summaries.set(some[index]!, JSON.parse(text));
    }
  }
  return summaries;
}
