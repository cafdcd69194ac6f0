/** Brings a pool to what Postgres says of one cluster. Run twice, the second run changes nothing. */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Pod } from '@kubernetes/client-node';
import { type Intent, readIntent } from './intent.ts';
import { isKubeError, type Kube, type KubeError, type KubeObject, pathOf } from './kube.ts';
import type { Memories, Memory } from './memory.ts';
import { labels } from './names.ts';
import {
  namespaceObject,
  networkPolicyObject,
  podNames,
  podObjects,
  quotaObject,
  serviceAccountObject,
} from './objects.ts';
import { isReady } from './observe.ts';
import { namespacePath, type PoolView } from './view.ts';

export interface ReconcileContext {
  poolId: string;
  db: Parameters<typeof readIntent>[0];
  kube: Kube;
  view: PoolView;
  memories: Memories;
  /** Keeps the end of a task pod's log before the pod is deleted. */
  archive(clusterId: string, pod: V1Pod): Promise<void>;
}

/** What surrounds the pods is applied again after this long, so that what someone changed by hand is put right. */
const frameFreshMs = 5 * 60_000;
/** The quota's numbers are computed by a controller, a moment after it changes; until then pods are refused. */
const quotaWaitsMs = [20, 50, 100, 200, 400, 800, 1_600, 3_200];

/**
 * Applies the intent of a cluster to the pool, or removes what is left of it.
 *
 * @throws KubeError or Error when it should be tried again later; what will never be taken is noted in the cluster's
 *   memory, and reported
 */
export async function reconcile(context: ReconcileContext, clusterId: string): Promise<void> {
  const intent = await readIntent(context.db, context.poolId, clusterId);
  const memory = context.memories.of(clusterId);
  if (!intent || intent.ending) {
    await remove(context, clusterId, memory);
    memory.intent = intent;
    if (!intent && memory.gone) context.memories.forget(clusterId);
    return;
  }
  memory.gone = false;
  await applyFrame(context, intent, memory);
  await applyPods(context, intent, memory);
  memory.intent = intent;
}

/** Namespace, account, network policy and quota. */
async function applyFrame({ kube, view }: ReconcileContext, intent: Intent, memory: Memory): Promise<void> {
  const quota = quotaObject(intent);
  const frame = [namespaceObject(intent), serviceAccountObject(intent), networkPolicyObject(intent)] as const;
  const hash = createHash('sha256')
    .update(JSON.stringify([...frame, quota]))
    .digest('base64');
  const stands = view.namespace(intent.clusterId)?.status?.phase === 'Active';
  if (stands && memory.frame?.hash === hash && performance.now() - memory.frame.at < frameFreshMs) return;
  const [namespace, ...inside] = frame;
  await kube.apply(namespace);
  // In a new namespace the quota comes after the pods: they would have to wait until a controller has counted to zero.
  await Promise.all([...inside, ...(stands ? [quota] : [])].map((object) => kube.apply<KubeObject>(object)));
  memory.frame = { hash, at: performance.now(), quota: stands ? undefined : quota };
}

async function applyPods(context: ReconcileContext, intent: Intent, memory: Memory): Promise<void> {
  const { view, kube } = context;
  const present = view.podsOf(intent.clusterId);
  const wanted = podNames(intent);
  memory.keepOnly(wanted);
  noteVanished(intent, memory, present);

  const addressOf = (name: string) => (present.get(name) ?? memory.remains.get(name))?.status?.podIP;
  const missing = podObjects(intent, addressOf).filter(
    ({ metadata: { name } }) => !present.has(name) && !memory.isOver(name),
  );
  const unwanted = [...present.values()].filter((pod) => !wanted.has(pod.metadata?.name ?? '') || isStuck(view, pod));
  await Promise.all([
    ...missing.map((pod) => create(kube, pod, memory)),
    ...unwanted.map((pod) => removePod(context, intent.clusterId, pod)),
  ]);
  if (memory.frame?.quota) {
    await kube.apply<KubeObject>(memory.frame.quota);
    memory.frame.quota = undefined;
  }
}

/** A pod of a task that ran, and is not there: making it again would run the attempt twice. */
function noteVanished(intent: Intent, memory: Memory, present: ReadonlyMap<string, V1Pod>): void {
  const started: Intent = { ...intent, program: undefined, tasks: intent.tasks.filter((task) => task.started) };
  for (const name of podNames(started)) {
    if (!present.has(name) && !memory.remains.has(name)) memory.vanished.add(name);
  }
}

/**
 * A pod is made and never changed, so it is created, not applied: that costs the API server half as much (measured on 2
 * cores: 2.7 ms of its time for a pod, 5.2 ms by server-side apply).
 */
async function create(kube: Kube, pod: V1Pod & KubeObject, memory: Memory): Promise<void> {
  for (const waitMs of [...quotaWaitsMs, undefined]) {
    try {
      return await kube.create(pod);
    } catch (error) {
      if (!isKubeError(error)) throw error;
      if (isForGood(error)) return void memory.refused.set(pod.metadata.name, error.message);
      if (!isQuota(error) || waitMs === undefined) throw error;
      await delay(waitMs);
    }
  }
}

/** Whether the object itself is at fault: it breaks a schema, or the namespace's Pod Security profile. */
function isForGood({ status, message }: KubeError): boolean {
  return status === 422 || status === 400 || (status === 403 && message.includes('violates PodSecurity'));
}

/** Also when several pods met at the quota's numbers (409). */
function isQuota({ status, message }: KubeError): boolean {
  return (status === 403 || status === 409) && /exceeded quota|status unknown for quota|resourcequotas/.test(message);
}

/** Nobody on a dead node will say that a pod has ended: it would be there for ever. */
function isStuck(view: PoolView, { metadata, spec }: V1Pod): boolean {
  return (
    metadata?.deletionTimestamp !== undefined && spec?.nodeName !== undefined && !isReady(view.node(spec.nodeName))
  );
}

async function removePod({ kube, view, archive }: ReconcileContext, clusterId: string, pod: V1Pod): Promise<void> {
  const dead = pod.spec?.nodeName !== undefined && !isReady(view.node(pod.spec.nodeName));
  if (pod.metadata?.deletionTimestamp && !dead) return;
  if (pod.metadata?.labels?.[labels.task] && !dead) await archive(clusterId, pod);
  await ignoring([404, 409], () =>
    kube.request(
      'DELETE',
      pathOf({ apiVersion: 'v1', kind: 'Pod', metadata: pod.metadata as KubeObject['metadata'] }),
      {
        body: { preconditions: { uid: pod.metadata?.uid }, ...(dead && { gracePeriodSeconds: 0 }) },
      },
    ),
  );
}

/**
 * Removes the cluster's namespace with everything in it. It is gone for us when it is ending and holds no pod: nothing can
 * be made in it any more, and Kubernetes waits five seconds before it looks at an ending namespace at all.
 */
async function remove(context: ReconcileContext, clusterId: string, memory: Memory): Promise<void> {
  const { kube, view } = context;
  const path = namespacePath(clusterId);
  const pods = [...view.podsOf(clusterId).values()];
  await Promise.all(pods.map((pod) => removePod(context, clusterId, pod)));
  // Each pod's end brings us here again.
  if (pods.length > 0) return;
  const namespace = view.namespace(clusterId)?.metadata;
  if (!namespace?.deletionTimestamp) {
    try {
      // The uid, so that a stale view never deletes a namespace that was made since.
      await kube.request('DELETE', path, { body: namespace ? { preconditions: { uid: namespace.uid } } : {} });
    } catch (error) {
      if (isKubeError(error, 404)) memory.gone = true;
      // 409: it is being removed already.
      else if (!isKubeError(error, 409)) throw error;
    }
  }
  if (memory.gone) return;
  const left = await kube.request<{ items: unknown[] }>('GET', `${path}/pods`, { query: { limit: 1 } });
  memory.gone = left.items.length === 0;
}

async function ignoring(statuses: number[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isKubeError(error, ...statuses)) throw error;
  }
}
