/** What a pool reports becomes what the database says. Level-triggered: only the newest picture counts, never the way to it. */
import { activate, type Lease, noteReadiness, unreleasedLeases } from '@muster/assembly';
import { settlement } from '@muster/billing';
import { hourMs } from '@muster/common';
import type { Context, Database, Transaction } from '@muster/db';
import { openMeters, resumeMeters } from '@muster/metering';
import { amend, lockCluster, transition } from './change.ts';
import { finishEnd, releaseLeases } from './end.ts';
import { degrade, loseWorkers } from './lose.ts';
import type { ClusterObserved } from './reports.ts';
import { type ClusterRow, requestOf } from './row.ts';
import { isFinal, isHiring } from './states.ts';

const actorId = 'system:clusters';

/**
 * Takes a report in, in the caller's transaction: the consumer's inbox row commits with it.
 *
 * A report of an unknown or ended cluster, or one older than the last, is old news and changes nothing.
 */
export async function observeCluster(
  trx: Transaction<Database>,
  context: Context,
  report: ClusterObserved,
): Promise<void> {
  const read = await lockCluster(trx, report.clusterId);
  if (!read || isFinal(read.state)) return;
  if (read.observed_at !== null && report.observedAt < read.observed_at) return;
  await trx.updateTable('cluster').set({ observed_at: report.observedAt }).where('id', '=', read.id).execute();

  const leases = await unreleasedLeases(trx, read.id);
  if (read.state === 'terminating') {
    // An older intent may still be at work in the pool: "gone" counts only when it saw that the cluster is to end.
    if (report.namespaceGone && report.version >= read.version) await finishEnd(trx, context, read);
    return;
  }
  if (!isHiring(read.state)) return;
  await releaseLetGo(trx, context, report, leases);
  const live = leases.filter(({ letGoAt }) => letGoAt === null);
  const seen = new Map(report.leases.map((each) => [each.leaseId, each]));
  const lost = live.filter(({ id }) => seen.get(id)?.phase === 'lost');
  const reason = lost.map(({ id }) => seen.get(id)?.reason).find((each) => each !== undefined);
  const kept = lost.length > 0 ? await loseWorkers(trx, context, read, lost, reason ?? 'its node is gone') : read;
  const staying = live.filter((lease) => !lost.includes(lease));
  await settle(trx, context, kept, await readinessOf(trx, context, kept, staying, seen));
}

/** Leases whose end the pool has seen, and of which it holds nothing any more. */
async function releaseLetGo(
  trx: Transaction<Database>,
  context: Context,
  report: ClusterObserved,
  leases: readonly Lease[],
): Promise<void> {
  const held = new Set(report.leases.map(({ leaseId }) => leaseId));
  const gone = leases.filter(
    ({ id, letGoVersion }) => letGoVersion !== null && report.version >= letGoVersion && !held.has(id),
  );
  await releaseLeases(
    trx,
    context,
    gone.map(({ id }) => id),
  );
}

/** What fails again and again, between one try and the next: the kubelet's `ErrImagePull`, `ImagePullBackOff`, `CreateContainerError`. */
const failing = /Err|BackOff/;

/** Notes what each lease waits for; any change of it is progress, but for the steps of a failure. @returns the leases as they are now */
async function readinessOf(
  trx: Transaction<Database>,
  { clock }: Context,
  { id }: ClusterRow,
  leases: readonly Lease[],
  seen: ReadonlyMap<string, ClusterObserved['leases'][number]>,
): Promise<Lease[]> {
  const now = leases.map((lease): Lease => {
    const observed = seen.get(lease.id);
    const ready = observed?.phase === 'ready';
    return { ...lease, ready, waitingFor: ready ? null : (observed?.reason ?? 'waits for its pool') };
  });
  const changed = now.filter(
    (lease, index) => lease.ready !== leases[index]!.ready || lease.waitingFor !== leases[index]!.waitingFor,
  );
  if (changed.length === 0) return now;
  await noteReadiness(
    trx,
    changed.map((lease) => ({ leaseId: lease.id, ready: lease.ready, waitingFor: lease.waitingFor })),
  );
  const before = new Map(leases.map((lease) => [lease.id, lease]));
  const fails = ({ waitingFor }: Lease) => waitingFor !== null && failing.test(waitingFor);
  if (changed.every((lease) => fails(lease) || (fails(before.get(lease.id)!) && !lease.ready))) return now;
  await trx.updateTable('cluster').set({ progress_at: clock.now() }).where('id', '=', id).execute();
  return now;
}

/** Moves the cluster to where its live leases say that it is. */
async function settle(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  leases: readonly Lease[],
): Promise<void> {
  const whole = leases.length === read.workers && leases.every(({ ready }) => ready);
  switch (read.state) {
    case 'provisioning':
      if (whole) await run(trx, context, read, leases);
      return;
    case 'running': {
      const waiting = leases.find(({ state, ready }) => state === 'active' && !ready);
      if (waiting) await degrade(trx, context, read, `worker ${waiting.rank}: ${waiting.waitingFor}`);
      else if (whole && leases.some(({ state }) => state === 'held')) await join(trx, context, read, leases);
      return;
    }
    case 'degraded':
      if (whole) await recover(trx, context, read, leases);
      return;
    default:
      return;
  }
}

/** Every worker runs: from this one instant on all are paid. */
async function run(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  leases: readonly Lease[],
): Promise<void> {
  const at = context.clock.now();
  await begin(trx, leases, at);
  const { hours } = requestOf(read).time ?? {};
  await transition(
    trx,
    context,
    read,
    'running',
    { actorId, reason: 'every worker runs' },
    {
      running_since: at,
      last_active_at: at,
      lacking_since: null,
      ends_at: hours === undefined ? null : new Date(at.getTime() + hours * hourMs),
    },
  );
}

/** Workers that scaling added run: from now on they are paid too. */
async function join(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  leases: readonly Lease[],
): Promise<void> {
  const joined = await begin(trx, leases, context.clock.now());
  await amend(trx, context, read, 'joined', { actorId, reason: `more workers run: ${joined}` });
}

async function recover(
  trx: Transaction<Database>,
  context: Context,
  read: ClusterRow,
  leases: readonly Lease[],
): Promise<void> {
  await begin(trx, leases, context.clock.now());
  await resumeMeters(trx, context, settlement, read.id);
  await transition(
    trx,
    context,
    read,
    'running',
    { actorId, reason: 'every worker runs again' },
    { lacking_since: null },
  );
}

async function begin(trx: Transaction<Database>, leases: readonly Lease[], at: Date): Promise<number> {
  const held = leases.filter(({ state }) => state === 'held').map(({ id }) => id);
  const active = await activate(trx, held, at);
  await openMeters(
    trx,
    active.map((lease) => ({ ...lease, activeAt: at })),
  );
  return active.length;
}
