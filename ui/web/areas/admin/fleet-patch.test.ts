import { expect, test } from '@jest/globals';
import type { Schemas } from '@muster/contract/client';
import { patched } from './fleet-patch.ts';

const worker = (id: string, status: Schemas['FleetWorker']['status']): Schemas['FleetWorker'] => ({
  ...{ id, name: id, organizationId: 'org_a', poolId: 'pool_a', origin: 'community', simulated: false },
  ...{ status, readiness: 'verified', modelId: null, deviceCount: 1, country: 'DE', region: 'europe' },
  ...{ connectivityTier: null, serviceTier: 'economy', floorMicroUsdPerHour: '0' },
});

test('A worker that was read again takes its own place in the fleet, and the others stay the same objects', () => {
  const fleet = [worker('wrk_a', 'idle'), worker('wrk_b', 'idle'), worker('wrk_c', 'idle')];
  const now = patched(fleet, [worker('wrk_b', 'down')]);
  expect(now.map(({ id, status }) => `${id} ${status}`)).toEqual(['wrk_a idle', 'wrk_b down', 'wrk_c idle']);
  expect(now[0]).toBe(fleet[0]);
});

test('A worker that has just joined comes into the fleet', () => {
  const now = patched([worker('wrk_a', 'idle')], [worker('wrk_new', 'idle')]);
  expect(now.map(({ id }) => id)).toEqual(['wrk_new', 'wrk_a']);
});
