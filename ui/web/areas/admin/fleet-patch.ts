/** How single workers that were read again come into a fleet that was read as a whole. */
import type { Schemas } from '@muster/contract/client';

type FleetWorker = Schemas['FleetWorker'];

/** The fleet with some workers as they are now; those it did not have come first, as the newest. */
export function patched(fleet: readonly FleetWorker[], workers: readonly FleetWorker[]): FleetWorker[] {
  const now = new Map(workers.map((worker) => [worker.id, worker]));
  const known = fleet.map((worker) => {
    const changed = now.get(worker.id);
    now.delete(worker.id);
    return changed ?? worker;
  });
  return [...now.values(), ...known];
}

/** A worker as the fleet lists it. */
export function inFewWords(worker: Schemas['Worker']): FleetWorker {
  const { id, name, organizationId, poolId, origin, simulated, status, readiness } = worker;
  const { modelId, deviceCount, country, region, connectivityTier, serviceTier, floorMicroUsdPerHour } = worker;
  return {
    ...{ id, name, organizationId, poolId, origin, simulated, status, readiness },
    ...{ modelId, deviceCount, country, region, connectivityTier, serviceTier, floorMicroUsdPerHour },
  };
}
