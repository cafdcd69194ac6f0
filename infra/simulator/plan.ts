/** What is simulated: nodes of data centres in 30 countries, as GPU Feature Discovery would label them. The same number always gives the same nodes. */
import type { V1Node } from '@kubernetes/client-node';
import { findCountry, hardware } from '@muster/catalogue';
import { countryLabel, downLabel, simulatedLabel, upLabel } from '@muster/workers';

/** Where data centres and rigs are, most first; nodes are dealt out in turn, so that every country has some. */
const countries = (
  'US DE FR NL GB FI SE NO PL ES IT IE AT CH CZ DK BE PT RO EE ' + 'CA BR JP KR SG IN AU ZA AE MX'
).split(' ');

interface Rig {
  modelId: string;
  devices: number;
  cpus: number;
  memoryGi: number;
  /** Measured speeds in Mb/s, down and up. */
  speeds: [number, number];
}

/** From data centres to gaming PCs: a shape per model, as such machines are sold. */
const rigs: Rig[] = [
  { modelId: 'nvidia-h100-80gb-sxm', devices: 8, cpus: 192, memoryGi: 2048, speeds: [10_000, 10_000] },
  { modelId: 'nvidia-a100-80gb', devices: 8, cpus: 128, memoryGi: 1024, speeds: [5_000, 5_000] },
  { modelId: 'nvidia-l40s', devices: 4, cpus: 64, memoryGi: 512, speeds: [2_500, 2_500] },
  { modelId: 'nvidia-rtx-a6000', devices: 4, cpus: 64, memoryGi: 256, speeds: [1_000, 1_000] },
  { modelId: 'nvidia-l4', devices: 2, cpus: 32, memoryGi: 128, speeds: [1_000, 800] },
  { modelId: 'nvidia-geforce-rtx-4090', devices: 1, cpus: 32, memoryGi: 64, speeds: [940, 400] },
  { modelId: 'nvidia-geforce-rtx-3090', devices: 2, cpus: 24, memoryGi: 64, speeds: [500, 300] },
  { modelId: 'nvidia-t4', devices: 1, cpus: 8, memoryGi: 32, speeds: [300, 100] },
];

/** How many nodes share a site, and an NVLink or network domain. */
const nodesPerSite = 4;

export interface NodePlan {
  /** Only these models, such as one for a bench; all when absent. */
  modelIds?: readonly string[];
}

/**
 * The first `count` simulated nodes.
 *
 * @throws RangeError for a model that is not simulated
 */
export function planNodes(count: number, { modelIds }: NodePlan = {}): V1Node[] {
  const wanted = modelIds ? rigs.filter((rig) => modelIds.includes(rig.modelId)) : rigs;
  if (wanted.length === 0) throw new RangeError(`None of ${modelIds?.join(', ')} is simulated.`);
  return Array.from({ length: count }, (_, index) => {
    const country = countries[index % countries.length]!;
    const round = Math.floor(index / countries.length);
    // Shifted by country and round, so that each country comes to have each model.
    return nodeOf(index, country, round, wanted[(index + round) % wanted.length]!);
  });
}

function nodeOf(index: number, country: string, round: number, rig: Rig): V1Node {
  const model = hardware.find(({ id }) => id === rig.modelId)!;
  const name = `sim-${country.toLowerCase()}-${String(index).padStart(5, '0')}`;
  const site = `${country.toLowerCase()}-${Math.floor(round / nodesPerSite) + 1}`;
  const resources = {
    cpu: String(rig.cpus),
    memory: `${rig.memoryGi}Gi`,
    'ephemeral-storage': '3600Gi',
    pods: '110',
    [model.resourceName]: String(rig.devices),
  };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        type: 'kwok',
        [simulatedLabel]: 'true',
        [countryLabel]: country,
        [downLabel]: String(rig.speeds[0]),
        [upLabel]: String(rig.speeds[1]),
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        'topology.kubernetes.io/region': findCountry(country)!.region,
        'topology.kubernetes.io/zone': site,
        'nvidia.com/gpu.product': model.labels[0]!,
        'nvidia.com/gpu.memory': String(model.memoryMb),
        'nvidia.com/gpu.count': String(rig.devices),
        'nvidia.com/cuda.runtime.major': '12',
        'nvidia.com/cuda.runtime.minor': '4',
        ...(model.interconnect && rig.devices > 4 && { 'nvidia.com/gpu.clique': `${site}.0` }),
      },
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
    },
    // Nothing but what asks for it by name runs on a machine that does not exist.
    spec: { taints: [{ key: simulatedLabel, value: 'true', effect: 'NoSchedule' }] },
    status: { allocatable: resources, capacity: resources },
  };
}
