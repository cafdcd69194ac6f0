import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { countWorkers, fleet } from './fleet.ts';
import { onLeaseHeld, onLeaseReleased } from './hiring.ts';
import {
  adminListWorkers,
  blockWorker,
  drainWorker,
  getWorker,
  listWorkers,
  pauseWorker,
  resumeWorker,
  unblockWorker,
  updateWorker,
} from './manage.ts';
import type { NodeSnapshot } from './node.ts';
import { attachPool, detachPool } from './pools.ts';
import { isWorkerReport, type WorkerReport, workerReports } from './reports.ts';
import { candidates, floorCounts, supplyCounts, workersOfPool } from './supply.ts';
import { goodFacts, kubeconfig, operator, secretsKey, setUp, stranger, supplier } from './testing.ts';

let world: Awaited<ReturnType<typeof setUp>>;
beforeAll(async () => {
  world = await setUp();
});
afterAll(() => world.database.drop());

const hire = (workerIds: string[]) =>
  world.context.db.transaction().execute((trx) => onLeaseHeld(trx, world.context, workerIds));
const letGo = (workerIds: string[]) =>
  world.context.db.transaction().execute((trx) => onLeaseReleased(trx, world.context, workerIds));
const axes = async (workerId: string) => {
  const { status, readiness } = await world.row(workerId);
  return `${status} ${readiness}`;
};

function h100Node(name: string, labels: Record<string, string> = {}): NodeSnapshot {
  return {
    name,
    ready: true,
    labels: {
      'nvidia.com/gpu.product': 'NVIDIA-H100-80GB-HBM3',
      'nvidia.com/gpu.memory': '81559',
      'nvidia.com/gpu.clique': 'rack-1.0',
      'nvidia.com/cuda.runtime.major': '12',
      'nvidia.com/cuda.runtime.minor': '4',
      'topology.kubernetes.io/zone': 'fra-1',
      'muster.io/down-mbps': '2500',
      'muster.io/up-mbps': '2500',
      ...labels,
    },
    allocatable: { cpu: '128', memory: '1056763180Ki', 'ephemeral-storage': '3650722201600', 'nvidia.com/gpu': '8' },
  };
}

describe('reports of an agent', () => {
  test('take a worker up the ladder, and doubling or reordering them ends the same', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(2), { maxLength: 4 }), fc.infiniteStream(fc.nat()), async (repeats, random) => {
        const workerId = await world.join(goodFacts, { ready: false });
        const reports: WorkerReport[] = [
          { type: 'worker.connected', body: { workerId } },
          { type: 'worker.facts', body: { workerId, facts: goodFacts } },
          { type: 'worker.bandwidth', body: { workerId, downMbps: 500, upMbps: 400 } },
        ];
        const sent = [...reports, ...repeats.map((index) => reports[index]!)];
        const shuffled = sent
          .map((report) => ({ report, key: random.next().value as number }))
          .sort((left, right) => left.key - right.key);
        for (const { report } of shuffled) await world.report(report);
        expect(await axes(workerId)).toBe('idle cluster-ready');
        expect((await world.row(workerId)).connectivity_tier).toBe('medium');
        expect(await world.told(workerId)).toBe(true);
      }),
      { numRuns: 15 },
    );
  });

  test('that say nothing new change no version and append no event', async () => {
    const workerId = await world.join();
    const before = await world.row(workerId);
    await world.report({ type: 'worker.facts', body: { workerId, facts: goodFacts } });
    await world.report({ type: 'worker.connected', body: { workerId } });
    expect((await world.row(workerId)).version).toBe(before.version);
  });

  test('of a worker that does not exist are old news', async () => {
    await world.report({ type: 'worker.connected', body: { workerId: 'wrk_00000000000000000000000000' } });
    await world.report({ type: 'node.gone', body: { poolId: 'pool_00000000000000000000000000', names: ['x'] } });
  });

  test('a lost connection alone moves nothing; a machine that leaves is down at once', async () => {
    const workerId = await world.join();
    await world.report({ type: 'worker.disconnected', body: { workerId, reason: 'closed' } });
    expect(await axes(workerId)).toBe('idle cluster-ready');
    await world.report({ type: 'worker.leaving', body: { workerId } });
    expect(await axes(workerId)).toBe('down verified');
    await world.report({ type: 'worker.connected', body: { workerId } });
    expect(await axes(workerId)).toBe('idle cluster-ready');
  });

  test('devices keep their ids while the machine reports the same ones', async () => {
    const workerId = await world.join();
    const ids = async () => (await getWorker(world.context, supplier, workerId)).devices.map(({ id }) => id);
    const before = await ids();
    const grown = { ...goodFacts, gpus: [...goodFacts.gpus, { ...goodFacts.gpus[0]!, index: 1, uuid: 'GPU-2' }] };
    await world.report({ type: 'worker.facts', body: { workerId, facts: grown } });
    const after = await ids();
    expect(after).toHaveLength(2);
    expect(after[0]).toBe(before[0]);
    expect((await world.row(workerId)).device_count).toBe(2);
    // A device that is gone is not offered, though a lease of old may name it.
    await world.report({ type: 'worker.facts', body: { workerId, facts: goodFacts } });
    expect((await getWorker(world.context, supplier, workerId)).devices.map(({ id }) => id)).toEqual(before);
  });

  test('every message that is not as the schema says is refused', () => {
    expect(isWorkerReport('worker.facts')).toBe(true);
    expect(isWorkerReport('cluster.observed')).toBe(false);
    expect(isWorkerReport('toString')).toBe(false);
    expect(workerReports['worker.bandwidth'].safeParse({ workerId: 'wrk_x', downMbps: 1, upMbps: 1 }).success).toBe(
      false,
    );
  });
});

describe('nodes of a pool', () => {
  const attached = async () =>
    (
      await attachPool(world.context, supplier, secretsKey, {
        name: `p${Math.trunc(Math.random() * 1e9)}`,
        country: 'FR',
        kubeconfig,
      })
    ).id;

  test('with devices become workers of an attached pool, by their labels and allocatable resources', async () => {
    const poolId = await attached();
    const plain: NodeSnapshot = { name: 'cpu-only', ready: true, labels: {}, allocatable: { cpu: '4', memory: '8Gi' } };
    await world.report({ type: 'node.observed', body: { poolId, nodes: [h100Node('gpu-1'), plain] } });
    const workers = await workersOfPool(world.context.db, poolId);
    expect([...workers.keys()]).toEqual(['gpu-1']);
    const worker = await getWorker(world.context, supplier, workers.get('gpu-1')!);
    expect(worker).toMatchObject({
      origin: 'attached',
      simulated: false,
      organizationId: 'org_s',
      status: 'idle',
      readiness: 'cluster-ready',
      modelId: 'nvidia-h100-80gb-sxm',
      deviceCount: 8,
      country: 'FR',
      site: 'fra-1',
      networkDomain: 'rack-1.0',
      connectivityTier: 'ultra',
    });
    expect(await world.told(worker.id)).toBe(true);

    await world.report({ type: 'node.observed', body: { poolId, nodes: [{ ...h100Node('gpu-1'), ready: false }] } });
    expect(await axes(worker.id)).toBe('down verified');
    await world.report({ type: 'node.observed', body: { poolId, nodes: [h100Node('gpu-1')] } });
    expect(await axes(worker.id)).toBe('idle cluster-ready');
    await world.report({ type: 'node.gone', body: { poolId, names: ['gpu-1'] } });
    expect(await axes(worker.id)).toBe('down verified');
    expect(await world.told(worker.id)).toBe(true);
  });

  test('made by the simulator become simulated workers in their own countries, in the community pool too', async () => {
    const poolId = world.pool.id;
    const node = h100Node('sim-1', { 'muster.io/simulated': 'true', 'muster.io/country': 'JP' });
    // kwok's own label is enough: what is simulated must never look real.
    const forgotten = h100Node('sim-2', { type: 'kwok', 'muster.io/country': 'nowhere' });
    await world.report({ type: 'node.observed', body: { poolId, nodes: [node, forgotten, h100Node('real')] } });
    const workers = await workersOfPool(world.context.db, poolId);
    expect(workers.has('real')).toBe(false);
    const [one, two] = [await world.row(workers.get('sim-1')!), await world.row(workers.get('sim-2')!)];
    expect(one).toMatchObject({ origin: 'simulated', simulated: true, country: 'JP', region: 'asia' });
    expect(two).toMatchObject({ origin: 'simulated', simulated: true, country: 'DE' });
    const offered = await candidates(world.context, { simulated: false, modelIds: ['nvidia-h100-80gb-sxm'] });
    expect(offered.filter(({ poolId: of }) => of === poolId)).toEqual([]);
  });

  test('seen twice at once make one worker', async () => {
    const poolId = await attached();
    await Promise.all(
      Array.from({ length: 8 }, () =>
        world.report({ type: 'node.observed', body: { poolId, nodes: [h100Node('one')] } }),
      ),
    );
    const workers = await workersOfPool(world.context.db, poolId);
    expect(workers.size).toBe(1);
    expect(await world.told(workers.get('one')!)).toBe(true);
    expect((await getWorker(world.context, supplier, workers.get('one')!)).devices).toHaveLength(8);
  });

  test('a pool with hired workers is not detached; a detached one offers nothing', async () => {
    const poolId = await attached();
    await world.report({ type: 'node.observed', body: { poolId, nodes: [h100Node('busy')] } });
    const workerId = (await workersOfPool(world.context.db, poolId)).get('busy')!;
    await hire([workerId]);
    await expect(detachPool(world.context, supplier, poolId)).rejects.toMatchObject({ code: 'conflict' });
    await expect(detachPool(world.context, stranger, poolId)).rejects.toMatchObject({ code: 'not_found' });
    await letGo([workerId]);
    await detachPool(world.context, supplier, poolId);
    expect(await candidates(world.context, { poolId })).toEqual([]);
  });
});

describe('being hired', () => {
  test('is all or nothing, once, and told', async () => {
    const [one, two] = [await world.join(), await world.join()];
    await hire([one]);
    expect(await axes(one)).toBe('running hired');
    await expect(hire([two, one])).rejects.toMatchObject({ code: 'conflict' });
    expect(await axes(two)).toBe('idle cluster-ready');
    await letGo([one]);
    expect(await axes(one)).toBe('idle cluster-ready');
    expect(await world.told(one)).toBe(true);
  });

  test('of 20 who want the same worker at once, one gets it', async () => {
    const workerId = await world.join();
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => hire([workerId])));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(await world.told(workerId)).toBe(true);
  });

  test('two axes: a paused or lost worker stays hired until its lease ends', async () => {
    const workerId = await world.join();
    await hire([workerId]);
    await pauseWorker(world.context, supplier, workerId);
    expect(await axes(workerId)).toBe('paused hired');
    await world.report({ type: 'worker.leaving', body: { workerId } });
    expect(await axes(workerId)).toBe('down hired');
    await letGo([workerId]);
    expect(await axes(workerId)).toBe('down verified');
  });

  test('a draining worker finishes its lease and is then paused', async () => {
    const workerId = await world.join();
    await hire([workerId]);
    await drainWorker(world.context, supplier, workerId);
    expect(await axes(workerId)).toBe('draining hired');
    await letGo([workerId]);
    expect(await axes(workerId)).toBe('paused verified');
    await resumeWorker(world.context, supplier, workerId);
    expect(await axes(workerId)).toBe('idle cluster-ready');
    expect(await world.told(workerId)).toBe(true);
  });

  test('a blocked worker cannot be hired', async () => {
    const workerId = await world.join();
    await blockWorker(world.context, operator, workerId, 'fraud');
    expect(await axes(workerId)).toBe('blocked verified');
    await expect(hire([workerId])).rejects.toMatchObject({ code: 'conflict' });
    await unblockWorker(world.context, operator, workerId, 'cleared');
    await hire([workerId]);
  });
});

describe('owners', () => {
  test('see and change only their own workers', async () => {
    const workerId = await world.join();
    for (const attempt of [
      () => getWorker(world.context, stranger, workerId),
      () => pauseWorker(world.context, stranger, workerId),
      () => updateWorker(world.context, stranger, workerId, { name: 'mine' }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'not_found' });
    }
    expect((await listWorkers(world.context, stranger, { limit: 200 })).items).toEqual([]);
    const changed = await updateWorker(world.context, supplier, workerId, { name: 'attic', floorMicroUsdPerHour: 9n });
    expect(changed).toMatchObject({ name: 'attic', floorMicroUsdPerHour: 9n });
  });

  test('page through their workers without missing or repeating one', async () => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await listWorkers(world.context, supplier, { limit: 3, ...(cursor && { cursor }) });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor);
    const all = await world.context.db
      .selectFrom('worker')
      .select('id')
      .where('organization_id', '=', 'org_s')
      .execute();
    expect(seen.length).toBe(all.length);
    expect(new Set(seen).size).toBe(all.length);
  });
});

describe('supply', () => {
  test('counts ready and hired devices apart, and simulated ones never among them', async () => {
    const before = await supplyCounts(world.context.db);
    const of = (counts: typeof before, simulated = false) =>
      counts.find((count) => count.modelId === 'nvidia-geforce-rtx-4090' && count.simulated === simulated);
    const workerId = await world.join();
    await hire([workerId]);
    const after = await supplyCounts(world.context.db);
    expect(of(after)!.readyDevices - of(before)!.readyDevices).toBe(1);
    expect(of(after)!.hiredDevices - of(before)!.hiredDevices).toBe(1);
    expect(of(after, true)).toBeUndefined();
  });

  test('floors are those of the devices that count, each once', async () => {
    const { db } = world.context;
    const modelId = 'nvidia-geforce-rtx-4090';
    await updateWorker(world.context, supplier, await world.join(), { floorMicroUsdPerHour: 77n });
    await pauseWorker(world.context, supplier, await world.join());
    const floors = await floorCounts(db, modelId);
    expect(floors.find((floor) => floor.floorMicroUsdPerHour === 77n)).toMatchObject({
      readyDevices: 1,
      simulated: false,
    });
    const counted = (await supplyCounts(db)).filter((count) => count.modelId === modelId);
    for (const { region, simulated, readyDevices } of counted) {
      const there = floors.filter((floor) => floor.region === region && floor.simulated === simulated);
      expect(there.reduce((sum, floor) => sum + floor.readyDevices, 0)).toBe(readyDevices);
    }
  });

  test('the fleet is every worker of everybody, whatever its state, in the words of the whole', async () => {
    const whole = await adminListWorkers(world.context, { limit: 1_000 });
    const few = await fleet(world.context);
    expect(few.length).toBe(whole.items.length);
    for (const [index, worker] of few.entries()) expect(whole.items[index]).toMatchObject(worker);
    expect(await countWorkers(world.context.db, supplier.organizationId)).toBe(
      whole.items.filter((worker) => worker.organizationId === supplier.organizationId).length,
    );
  });
});
