/** What pools and bridges report becomes what the database says: every report states what is, so doubling or reordering is harmless. */
import { findCountry, regionOf } from '@muster/catalogue';
import { connectivityTierOf } from '@muster/common';
import type { Database, PoolTable, Selectable, Transaction } from '@muster/db';
import { appendEvent, appendEvents } from '@muster/events';
import { changeWorker, eventOf, lockWorker, position, same, type WorkerChanges } from './change.ts';
import { type Identified, identifyDevices, insertDevices, replaceDevices } from './devices.ts';
import type { Facts } from './facts.ts';
import { countryLabel, deviceCountOf, factsOfNode, isSimulated, measuredSpeeds, type NodeSnapshot } from './node.ts';
import type { WorkerReport } from './reports.ts';
import type { WorkerRow, WorkersContext } from './worker.ts';

const actorId = 'system:workers';

/**
 * Takes a report in, in the caller's transaction: the consumer's inbox row commits with it.
 *
 * A report of a worker or pool that does not exist is old news and changes nothing.
 */
export async function applyReport(
  trx: Transaction<Database>,
  context: WorkersContext,
  report: WorkerReport,
): Promise<void> {
  switch (report.type) {
    case 'worker.facts':
      return applyFacts(trx, context, report.body.workerId, report.body.facts);
    case 'worker.connected':
      return applyConnection(trx, context, report.body.workerId);
    case 'worker.disconnected':
      return noteDisconnection(trx, context, report.body.workerId, report.body.reason);
    case 'worker.bandwidth':
      return applyBandwidth(trx, context, report.body.workerId, report.body);
    case 'worker.leaving':
      return applyLeaving(trx, context, report.body.workerId);
    case 'node.observed':
      return applyNodes(trx, context, report.body.poolId, report.body.nodes);
    case 'node.gone':
      return applyGoneNodes(trx, context, report.body.poolId, report.body.names);
  }
}

/** What the machine is, as its agent says at every connect. */
export async function applyFacts(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerId: string,
  facts: Facts,
): Promise<void> {
  const worker = await lockWorker(trx, workerId);
  if (!worker) return;
  const changes = await changesOfFacts(trx, context, worker, facts);
  await changeWorker(trx, context, worker, changes, { actorId, reason: 'The machine reported what it is.' });
}

/** The agent is connected. */
export async function applyConnection(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerId: string,
): Promise<void> {
  const worker = await lockWorker(trx, workerId);
  if (!worker) return;
  await changeWorker(
    trx,
    context,
    worker,
    { connected: true, last_seen_at: context.clock.now() },
    { actorId, reason: 'The agent connected.' },
  );
}

async function noteDisconnection(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerId: string,
  reason: string,
): Promise<void> {
  const worker = await lockWorker(trx, workerId);
  if (!worker?.connected) return;
  await appendEvent(trx, context, {
    organizationId: worker.organization_id,
    subject: { kind: 'worker', id: workerId },
    type: 'disconnected',
    actorId,
    reason: `The agent's connection ended: ${reason}`,
  });
}

async function applyBandwidth(
  trx: Transaction<Database>,
  context: WorkersContext,
  workerId: string,
  speeds: { downMbps: number; upMbps: number },
): Promise<void> {
  const worker = await lockWorker(trx, workerId);
  if (!worker) return;
  await changeWorker(trx, context, worker, changesOfSpeeds(speeds), {
    actorId,
    reason: 'Its connection was measured.',
  });
}

async function applyLeaving(trx: Transaction<Database>, context: WorkersContext, workerId: string): Promise<void> {
  const worker = await lockWorker(trx, workerId);
  if (!worker) return;
  await changeWorker(
    trx,
    context,
    worker,
    { connected: false, last_seen_at: context.clock.now() },
    { actorId: workerId, reason: 'The machine is leaving, as its owner asked.' },
  );
}

/**
 * Nodes of a pool: nodes with devices become workers of an attached pool, nodes of the simulator become simulated workers
 * of any pool. The node of a community worker tells nothing that its agent did not.
 */
export async function applyNodes(
  trx: Transaction<Database>,
  context: WorkersContext,
  poolId: string,
  nodes: readonly NodeSnapshot[],
): Promise<void> {
  const pool = await trx.selectFrom('pool').selectAll().where('id', '=', poolId).executeTakeFirst();
  if (!pool) return;
  const offered = nodes.filter((node) => deviceCountOf(node) > 0 && (pool.kind === 'attached' || isSimulated(node)));
  if (offered.length === 0) return;
  const known = await trx
    .selectFrom('worker')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where(
      'node_name',
      'in',
      offered.map((node) => node.name),
    )
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  const byNode = new Map(known.map((worker) => [worker.node_name, worker]));
  await registerNodes(
    trx,
    context,
    pool,
    offered.filter((node) => !byNode.has(node.name)),
  );
  for (const node of offered) {
    const worker = byNode.get(node.name);
    if (worker && worker.origin !== 'community') await updateNode(trx, context, worker, node);
  }
}

/** By four statements however many they are: a pool of thousands may be attached at once. */
async function registerNodes(
  trx: Transaction<Database>,
  context: WorkersContext,
  pool: Selectable<PoolTable>,
  nodes: readonly NodeSnapshot[],
): Promise<void> {
  if (nodes.length === 0) return;
  const identified = new Map<string, Identified>();
  const drafts: WorkerRow[] = [];
  // In one order: two consumers that make the same workers wait for each other, and not in a ring.
  for (const node of nodes.toSorted((left, right) => (left.name < right.name ? -1 : 1))) {
    const devices = await identifyDevices(trx, context, factsOfNode(node));
    const draft = draftOf(context, pool, node, devices);
    identified.set(draft.id, devices);
    drafts.push({ ...draft, ...position(context, draft, false) });
  }
  const inserted = await trx
    .insertInto('worker')
    .values(drafts.map(({ simulated: _generated, ...row }) => ({ ...row, facts: JSON.stringify(row.facts) })))
    // Another consumer may be faster; the next observation updates what it made.
    .onConflict((conflict) => conflict.columns(['pool_id', 'node_name']).doNothing())
    .returningAll()
    .execute();
  await insertDevices(
    trx,
    context,
    inserted.map(({ id }) => ({ workerId: id, ...identified.get(id)! })),
  );
  await appendEvents(
    trx,
    context,
    inserted.map((row) =>
      eventOf(row, 'registered', { actorId, reason: `Node ${row.node_name} of pool ${pool.name} became a worker.` }),
    ),
  );
}

function draftOf(
  context: WorkersContext,
  pool: Selectable<PoolTable>,
  node: NodeSnapshot,
  { modelId, devices }: Identified,
): WorkerRow {
  const now = context.clock.now();
  const simulated = isSimulated(node);
  const country = (simulated && findCountry(node.labels[countryLabel] ?? '')?.code) || pool.country;
  return {
    id: context.ids.next('worker'),
    organization_id: pool.organization_id,
    pool_id: pool.id,
    name: node.name,
    node_name: node.name,
    origin: simulated ? 'simulated' : 'attached',
    simulated,
    status: 'down',
    readiness: 'registered',
    paused: false,
    draining: false,
    blocked: false,
    connected: node.ready,
    model_id: modelId,
    device_count: devices.length,
    country,
    region: regionOf(country),
    service_tier: 'economy',
    down_mbps: null,
    up_mbps: null,
    connectivity_tier: null,
    ...speedsOf(node),
    ...placeOf(node),
    facts: factsOfNode(node),
    floor_micro_usd_per_hour: pool.floor_micro_usd_per_hour,
    certificate_serial: null,
    next_certificate_serial: null,
    version: 1,
    last_seen_at: now,
    created_at: now,
  };
}

/** An older heartbeat must not bring a node back that is not ready now: it was seen now. */
async function updateNode(
  trx: Transaction<Database>,
  context: WorkersContext,
  worker: WorkerRow,
  node: NodeSnapshot,
): Promise<void> {
  const changes: WorkerChanges = {
    ...(await changesOfFacts(trx, context, worker, factsOfNode(node))),
    ...placeOf(node),
    ...speedsOf(node),
    connected: node.ready,
    last_seen_at: context.clock.now(),
  };
  const reason =
    node.ready === worker.connected ? 'Its node changed.' : `Its node is ${node.ready ? '' : 'not '}ready.`;
  await changeWorker(trx, context, worker, changes, { actorId, reason });
}

/** The node is gone from the pool: its worker is down, and inactive after five days. */
async function applyGoneNodes(
  trx: Transaction<Database>,
  context: WorkersContext,
  poolId: string,
  names: readonly string[],
): Promise<void> {
  const workers = await trx
    .selectFrom('worker')
    .selectAll()
    .where('pool_id', '=', poolId)
    .where('node_name', 'in', names)
    .where('origin', '!=', 'community')
    .orderBy('id')
    .forNoKeyUpdate()
    .execute();
  for (const worker of workers) {
    await changeWorker(
      trx,
      context,
      worker,
      { connected: false, last_seen_at: context.clock.now() },
      { actorId, reason: 'Its node is gone from the pool.' },
    );
  }
}

async function changesOfFacts(
  trx: Transaction<Database>,
  context: WorkersContext,
  worker: WorkerRow,
  facts: Facts,
): Promise<WorkerChanges> {
  // Known devices of a machine that is as it was need no look; those of an unknown model may be supported by now.
  if (worker.model_id !== null && same(worker.facts, facts)) return {};
  const identified = await identifyDevices(trx, context, facts);
  await replaceDevices(trx, context, worker.id, identified);
  return { facts, model_id: identified.modelId, device_count: identified.devices.length };
}

function speedsOf(node: NodeSnapshot) {
  const speeds = measuredSpeeds(node);
  return speeds ? changesOfSpeeds(speeds) : {};
}

function changesOfSpeeds({ downMbps, upMbps }: { downMbps: number; upMbps: number }) {
  return {
    down_mbps: Math.trunc(downMbps),
    up_mbps: Math.trunc(upMbps),
    connectivity_tier: connectivityTierOf(downMbps, upMbps) ?? null,
  };
}

function placeOf({ labels }: NodeSnapshot) {
  return {
    site: labels['topology.kubernetes.io/zone'] ?? null,
    network_domain: labels['nvidia.com/gpu.clique'] ?? null,
  };
}
