/** Time to assemble a cluster from 1,000, 10,000 and 100,000 candidates: the planner alone, for a request that fits and one that does not. */
import { type Candidate, plan, type SupplyRequest } from '@muster/assembly';
import type { Market } from '@muster/pricing';
import { seeded } from './random.ts';
import type { Figure, Section } from './report.ts';

const sizes = [1_000, 10_000, 100_000];
const runs = 21;
const seed = 11;
const models = ['nvidia-h100-80gb-sxm', 'nvidia-a100-80gb', 'nvidia-l40s', 'nvidia-rtx-4090', 'nvidia-l4', 'nvidia-t4'];
const places = [
  ['DE', 'europe'],
  ['FR', 'europe'],
  ['FI', 'europe'],
  ['US', 'north-america'],
  ['CA', 'north-america'],
  ['JP', 'asia'],
] as const;

/** Prices without a database: the planner asks for them as a function. */
const market: Market = (modelId) => BigInt(models.indexOf(modelId) + 1) * 400_000n;

const request: SupplyRequest = {
  modelIds: ['nvidia-h100-80gb-sxm'],
  devicesPerWorker: 8,
  workers: 8,
  countries: ['DE', 'FR'],
  regions: [],
  connectivityTier: 'high',
  oneSite: false,
  oneNetworkDomain: false,
  compliance: [],
  serviceTier: null,
  maxMicroUsdPerDeviceHour: null,
  simulated: false,
  beside: null,
};
/** No worker is attested for this: the answer is why not, with the nearest request that would work. */
const refused: SupplyRequest = { ...request, compliance: ['hipaa', 'iso27001'] };

export function benchAssembly(): Section {
  const figures: Figure[] = [];
  for (const size of sizes) {
    const candidates = makeCandidates(size);
    for (const [name, asked] of [
      ['assembled', request],
      ['refused, with reasons', refused],
    ] as const) {
      const figure: Figure = {
        name: `${size.toLocaleString('en')} workers, ${name}`,
        of: 'Muster',
        unit: 'ms',
        runs: [],
      };
      // The first calls compile; a process that serves has them behind it.
      for (let warm = 0; warm < 3; warm++) plan(asked, candidates, market);
      for (let run = 0; run < runs; run++) {
        const start = performance.now();
        const { assembled } = plan(asked, candidates, market);
        figure.runs.push(performance.now() - start);
        if ((assembled !== undefined) !== (asked === request))
          throw new Error(`The planner answered wrongly on ${size} workers.`);
      }
      figures.push(figure);
    }
  }
  return {
    title: 'Assembly',
    how: '8 workers with 8 H100 each in two countries at tier High: the planner over all candidates, nothing filtered before.',
    seed,
    figures,
    ratios: [],
  };
}

function makeCandidates(size: number): Candidate[] {
  const random = seeded(seed);
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  return Array.from({ length: size }, (_, index) => {
    const [country, region] = pick(places);
    return {
      workerId: `wrk_${String(index).padStart(6, '0')}`,
      organizationId: 'org_supplier',
      poolId: `pool_${Math.floor(index / 5_000)}`,
      modelId: pick(models),
      deviceCount: pick([1, 4, 8, 8]),
      country,
      region,
      site: `site-${Math.floor(random() * 50)}`,
      networkDomain: null,
      connectivity: Math.floor(random() * 4),
      serviceTier: Math.floor(random() * 3),
      compliance: random() < 0.2 ? 1 : 0,
      floor: 0,
      simulated: false,
      availability: pick(['free', 'free', 'hired', 'unready'] as const),
      freeAt: null,
    };
  });
}
