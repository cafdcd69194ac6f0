/** Answers that are joined from several domains, where more than one API gives them. */
import { type Lease, leasesHolding } from '@muster/assembly';
import type { Context } from '@muster/db';
import { placesOf, type Worker } from '@muster/workers';

/** Leases with what their workers are, and where. */
export async function leasesWithPlaces({ db }: Context, leases: Lease[]) {
  const places = await placesOf(
    db,
    leases.map(({ workerId }) => workerId),
  );
  return leases.map((lease) => ({ ...lease, ...places.get(lease.workerId)! }));
}

/** Workers with the leases that they serve now. */
export async function workersWithLeases({ db }: Context, workers: Worker[]) {
  const leases = await leasesHolding(
    db,
    workers.map(({ id }) => id),
  );
  const serving = new Map(leases.map((lease) => [lease.workerId, lease.id]));
  return workers.map((worker) => ({ ...worker, leaseId: serving.get(worker.id) ?? null }));
}

/** A worker with the lease that it serves now. */
export async function workerWithLease(context: Context, worker: Worker) {
  const [served] = await workersWithLeases(context, [worker]);
  return served!;
}
