import { describe, expect, test } from '@jest/globals';
import { parseSearch, stringifySearch } from '../../../app/search.ts';
import { blank, type Draft, draftFrom, draftOf, requestOf, searchOf, wordsOf } from './draft.ts';

/** Something other than usual in every field. */
const full: Draft = {
  name: 'trial-1',
  kind: 'job',
  image: 'registry.example/team/train:1.2',
  command: ['sh', '-c', 'echo "a b"'],
  args: ['', '--epochs', '10'],
  variables: [{ name: 'TOKEN', value: 'a secret' }],
  modelIds: ['nvidia-h100-80gb-sxm', 'nvidia-l4'],
  devicesPerWorker: 2,
  workers: 4,
  countries: ['DE', 'FR'],
  regions: ['asia'],
  tier: 'high',
  oneSite: true,
  oneNetworkDomain: true,
  compliance: ['soc2', 'gdpr'],
  serviceTier: 'trusted',
  hours: 48,
  maxMicroUsdPerDeviceHour: '2500000',
  spendingCapMicroUsd: '100000000',
  minWorkers: undefined,
  maxWorkers: undefined,
  idleShutdownSeconds: undefined,
  simulated: true,
};
const bare: Draft = {
  ...blank,
  modelIds: ['nvidia-l4'],
  workers: 3,
  minWorkers: 2,
  maxWorkers: 8,
  idleShutdownSeconds: 1_800,
};
const reloaded = (draft: Draft) => draftFrom(parseSearch(stringifySearch(searchOf(draft))), wordsOf(draft));

describe('a draft', () => {
  test('survives a reload, but for the values of its variables', () => {
    expect(reloaded(full)).toEqual({ ...full, variables: [{ name: 'TOKEN', value: '' }] });
    expect(reloaded(bare)).toEqual(bare);
    expect(reloaded({ ...blank, image: '' })).toEqual({ ...blank, image: '' });
  });

  test('puts nothing into the address that may hold a secret: values of variables, command, arguments', () => {
    const said = JSON.stringify(Object.values(searchOf(full)));
    for (const kept of ['secret', 'echo', 'epochs']) expect(said).not.toContain(kept);
    expect(searchOf(full)).toMatchObject({ command: 'true' });
    expect(searchOf(bare)).toMatchObject({ command: undefined });
  });

  test('becomes a request that becomes the same draft', () => {
    expect(draftOf(requestOf(full))).toEqual(full);
    expect(draftOf(requestOf(bare))).toEqual(bare);
  });

  test('is not scaled by tasks when it has an image of its own', () => {
    const request = requestOf({ ...bare, image: 'nginx' });
    expect(request).not.toHaveProperty('autoscaling');
    expect(request).not.toHaveProperty('idleShutdownSeconds');
  });

  test('leaves out what an address says wrongly', () => {
    const search = { kind: 'ray', workers: '-4', hours: 'x', country: ['de', 'FR'], compliance: 'none' };
    expect(draftFrom(search)).toEqual({ ...blank, countries: ['FR'] });
  });
});
