/** Keeps the last MiB of what a task's rank wrote, since its pod does not stay. */
import type { V1Pod } from '@kubernetes/client-node';
import { adminGetCluster } from '@muster/clusters';
import type { Logger } from '@muster/common';
import type { Context } from '@muster/db';
import { archiveLog } from '@muster/tasks';
import { type Kube, type KubeObject, pathOf } from './kube.ts';
import { labels } from './names.ts';

const keptBytes = 1024 * 1024;
/** Enough for a MiB of short lines; a pod may have written gigabytes. */
const keptLines = 100_000;
const timeoutMs = 10_000;

/**
 * Archives a pod's log; one that cannot be had (its node is gone, it never started) is not kept, nor one of a task that Postgres
 * does not have in this cluster and pool: a pod's labels are the word of the pool's supplier.
 */
export async function archivePodLog(
  { context, kube, log, poolId }: { context: Context; kube: Kube; log: Logger; poolId: string },
  clusterId: string,
  pod: V1Pod,
): Promise<void> {
  const { labels: own = {} } = pod.metadata ?? {};
  const [taskId, attempt, rank] = [own[labels.task], Number(own[labels.attempt]), Number(own[labels.rank])];
  if (!taskId || !pod.status?.containerStatuses?.[0]?.containerID) return;
  try {
    if ((await adminGetCluster(context, clusterId)).poolId !== poolId) return;
    await archiveLog(context, { clusterId, taskId, attempt, rank, ...(await readEnd(kube, pod)) });
  } catch (error) {
    log.warn({ err: error, taskId, rank }, 'the log of a rank could not be archived');
  }
}

async function readEnd(kube: Kube, pod: V1Pod): Promise<{ text: string; truncated: boolean }> {
  const path = pathOf({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata as KubeObject['metadata'] });
  const stream = await kube.open(`${path}/log`, { tailLines: keptLines }, AbortSignal.timeout(timeoutMs));
  let kept: Buffer[] = [];
  let size = 0;
  let truncated = false;
  for await (const chunk of stream) {
    kept.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size < 2 * keptBytes) continue;
    kept = [Buffer.concat(kept).subarray(-keptBytes)];
    size = keptBytes;
    truncated = true;
  }
  const all = Buffer.concat(kept);
  const end = all.subarray(-keptBytes);
  // Postgres keeps no NUL in text.
  return { text: end.toString('utf8').replaceAll('\0', ''), truncated: truncated || end.length < all.length };
}
