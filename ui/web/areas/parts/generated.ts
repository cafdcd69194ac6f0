/** Workers that do not exist, the same ones for the same seed: for trying the table, and for its bench. */
export interface GeneratedWorker {
  id: string;
  name: string;
  model: string;
  devices: number;
  country: string;
  status: 'running' | 'idle' | 'paused' | 'draining' | 'down';
  readiness: 'registered' | 'verified' | 'cluster-ready' | 'hired';
  reputation: number;
  priceMicroPerHour: bigint;
  seenAt: string;
}

const models = [
  'NVIDIA H100 80GB SXM',
  'NVIDIA A100 80GB',
  'NVIDIA L40S',
  'GeForce RTX 4090',
  'GeForce RTX 3090',
  'Tesla T4',
];
const countries = ['DE', 'US', 'FR', 'SG', 'BR', 'JP', 'CA', 'FI', 'AU', 'ZA'];
const statuses = ['running', 'idle', 'idle', 'paused', 'draining', 'down'] as const;
const steps = ['registered', 'verified', 'cluster-ready', 'cluster-ready', 'hired', 'hired'] as const;

/** @param seed any 32-bit number */
export function generateWorkers(count: number, seed = 1): GeneratedWorker[] {
  const random = mulberry32(seed);
  const one = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!;
  const start = Date.UTC(2026, 0, 1);
  return Array.from({ length: count }, (_, index) => ({
    id: `wrk_generated${String(index).padStart(7, '0')}`,
    name: `generated-${Math.floor(random() * 2 ** 32).toString(36)}-${index}`,
    model: one(models),
    devices: one([1, 2, 4, 8]),
    country: one(countries),
    status: one(statuses),
    readiness: one(steps),
    reputation: Math.round(random() * 1000) / 10,
    priceMicroPerHour: BigInt(Math.floor(random() * 4_000_000)),
    seenAt: new Date(start + Math.floor(random() * 86_400_000)).toISOString(),
  }));
}

/** Tommy Ettinger's generator: 32 bits of state, and good enough for examples. */
function mulberry32(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
