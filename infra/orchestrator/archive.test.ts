import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createCluster } from '@muster/clusters';
import { World } from '@muster/clusters/testing';
import { createLogger } from '@muster/common';
import { readArchivedLog, runTask } from '@muster/tasks';
import { archivePodLog } from './archive.ts';
import type { Kube } from './kube.ts';
import { labels } from './names.ts';

describe('the archive of logs', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.create();
    await world.supply(1);
  });
  afterAll(() => world.drop());

  test('takes a log from the pool that Postgres names, and none from another that shows the same pod', async () => {
    const owner = await world.customer();
    const { context } = world;
    const { id: clusterId } = await createCluster(context, owner, { request: world.request(1) });
    const { id: taskId } = await runTask(context, owner, clusterId, { image: 'registry.test/train:1' });
    const { poolId } = await world.cluster(clusterId);
    const pod = {
      metadata: {
        namespace: clusterId,
        name: 'x',
        labels: { [labels.task]: taskId, [labels.attempt]: '1', [labels.rank]: '0' },
      },
      status: { containerStatuses: [{ containerID: 'x' }] } as never,
    };
    const archive = (from: string, text: string) => {
      const kube = { open: async () => Readable.from([Buffer.from(text)]) } as unknown as Kube;
      const log = createLogger('test', 'silent');
      return archivePodLog({ context, kube, log, poolId: from }, clusterId, pod);
    };
    await archive('pool_rogue', 'forged');
    await expect(readArchivedLog(context, owner, taskId, 0)).rejects.toMatchObject({ code: 'not_found' });
    await archive(poolId!, 'true');
    expect((await readArchivedLog(context, owner, taskId, 0)).text).toBe('true');
  });
});
