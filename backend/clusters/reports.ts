/** What pools report of clusters: the bodies of messages of the exchange `muster.reports`, and the joint with the orchestrator. */
import { idPattern } from '@muster/common';
import { z } from 'zod';

/**
 * A snapshot of what a pool holds of a cluster, not a change: it may be lost, doubled or overtaken by another.
 * An older one (`observedAt`) than the last that was applied changes nothing.
 */
export const ClusterObserved = z.object({
  clusterId: z.string().regex(idPattern('cluster')),
  /** Of the intent that the orchestrator had applied when it looked. */
  version: z.int().min(0),
  /** When it looked, by the server's clock. */
  observedAt: z.iso.datetime().transform((text) => new Date(text)),
  /** True when the cluster's namespace does not exist: nothing of the cluster is left in the pool. */
  namespaceGone: z.boolean(),
  /**
   * Every lease of the intent, and every other lease of which the pool still holds a pod. A lease that is not listed holds
   * nothing in the pool.
   *
   * - `pending`: not ready yet; `reason` says what it waits for (`pulls the image`)
   * - `ready`: the node is Ready and, where the cluster has an image, its pod has started
   * - `lost`: the node is gone, or not Ready, or the pod was evicted: the worker does not serve the customer any more
   */
  leases: z
    .array(
      z.object({
        leaseId: z.string().regex(idPattern('lease')),
        phase: z.enum(['pending', 'ready', 'lost']),
        reason: z.string().max(500).optional(),
      }),
    )
    .max(2_000),
});
export type ClusterObserved = z.output<typeof ClusterObserved>;

/** The report as the orchestrator sends it: JSON. */
export type ClusterObservedMessage = z.input<typeof ClusterObserved>;
