/** Brings a pool's simulated nodes to a number: kwok plays them, and the orchestrator sees them like any node. */
import { CoreV1Api, KubeConfig, type V1Node } from '@kubernetes/client-node';
import { simulatedLabel } from '@muster/workers';
import { type NodePlan, planNodes } from './plan.ts';

export interface Simulation extends NodePlan {
  /** How many simulated nodes there shall be; 0 removes all. */
  workers: number;
}

/** Requests at once: the API server of a small machine is full with it. */
const parallel = 16;

/**
 * Makes exactly the planned simulated nodes exist, and touches no other node. Calling it again changes nothing.
 *
 * kwok must run beside it, with `--manage-nodes-with-label-selector=type=kwok`: it makes the nodes Ready.
 *
 * @param kubeconfig text of the pool's, with leave to make and delete nodes
 * @returns how many nodes were made and removed
 */
export async function simulate(
  kubeconfig: string,
  { workers, ...plan }: Simulation,
): Promise<{ created: number; removed: number }> {
  const config = new KubeConfig();
  config.loadFromString(kubeconfig);
  const api = config.makeApiClient(CoreV1Api);
  const planned = planNodes(workers, plan);
  const existing = await simulatedNodes(api);
  const names = new Set(planned.map(nameOf));
  const missing = planned.filter((node) => !existing.has(nameOf(node)));
  const surplus = [...existing].filter((name) => !names.has(name));
  if (workers === 0 && surplus.length > 0) await api.deleteCollectionNode({ labelSelector: `${simulatedLabel}=true` });
  else await inParallel(surplus, (name) => api.deleteNode({ name }));
  await inParallel(missing, (body) => api.createNode({ body }));
  return { created: missing.length, removed: surplus.length };
}

async function simulatedNodes(api: CoreV1Api): Promise<Set<string>> {
  const { items } = await api.listNode({ labelSelector: `${simulatedLabel}=true` });
  return new Set(items.map(nameOf));
}

function nameOf({ metadata }: V1Node): string {
  return metadata?.name ?? '';
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    Array.from({ length: parallel }, async () => {
      for (const item of queue) await work(item);
    }),
  );
}
