/** Identifiers: a prefix that names the noun and a ULID, so that they sort by creation: `clu_01k…`. */
import { monotonicFactory } from 'ulid';
import type { Clock } from './time.ts';

export const idPrefixes = {
  organization: 'org',
  person: 'per',
  apiKey: 'key',
  session: 'ses',
  pool: 'pool',
  worker: 'wrk',
  device: 'dev',
  enrolmentToken: 'enr',
  attestation: 'att',
  quote: 'quo',
  cluster: 'clu',
  lease: 'lea',
  task: 'tsk',
  usageWindow: 'win',
  hold: 'hol',
  account: 'acc',
  transaction: 'ltx',
  invoice: 'inv',
  event: 'evt',
  message: 'msg',
  request: 'req',
} as const;

export type IdKind = keyof typeof idPrefixes;

export interface Ids {
  next(kind: IdKind): string;
}

/** Ids from a clock and a source of randomness in [0, 1); with a seeded source a run repeats to the letter. */
export function createIds(clock: Clock, random?: () => number): Ids {
  const ulid = monotonicFactory(random);
  return { next: (kind) => `${idPrefixes[kind]}_${ulid(clock.now().getTime()).toLowerCase()}` };
}

/** The pattern that an id of this kind follows, for schemas. */
export function idPattern(kind: IdKind): RegExp {
  return new RegExp(`^${idPrefixes[kind]}_[0-9a-hjkmnp-tv-z]{26}$`);
}

/** A Kubernetes name for an id: `clu_01k…` → `clu-01k…`, a valid DNS label. */
export function kubernetesName(id: string): string {
  return id.replace('_', '-');
}

/** The id that `kubernetesName` was made from. */
export function idOfKubernetesName(name: string): string {
  return name.replace('-', '_');
}
