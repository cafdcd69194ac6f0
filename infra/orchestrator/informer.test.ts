import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { V1Namespace } from '@kubernetes/client-node';
import { createRoad } from '@muster/broker/testing';
import { createLogger } from '@muster/common';
import { parse, stringify } from 'yaml';
import { Informer } from './informer.ts';
import { createKube, type Kube } from './kube.ts';
import { poolKubeconfig, until } from './testing.ts';

const log = createLogger('test', 'silent');

describe('an informer', () => {
  let direct: Kube;
  let distant: Kube;
  let road: Awaited<ReturnType<typeof createRoad>>;
  const mark = `i${randomBytes(5).toString('hex')}`;

  beforeAll(async () => {
    direct = await createKube(poolKubeconfig());
    const config = parse(poolKubeconfig());
    road = await createRoad(config.clusters[0].cluster.server);
    config.clusters[0].cluster.server = road.url;
    distant = await createKube(stringify(config));
  });
  afterAll(async () => {
    const { items } = await direct.request<{ items: V1Namespace[] }>('GET', '/api/v1/namespaces', {
      query: { labelSelector: `muster.io/test=${mark}` },
    });
    for (const { metadata } of items) await direct.request('DELETE', `/api/v1/namespaces/${metadata?.name}`);
    distant.close();
    direct.close();
    road.close();
  });

  const make = (name: string, value: string) =>
    direct.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: `${mark}-${name}`, labels: { 'muster.io/test': mark }, annotations: { value } },
    });
  const inform = (kube: Kube) => {
    const seen: string[] = [];
    const informer = new Informer<V1Namespace>({
      kube,
      log,
      path: '/api/v1/namespaces',
      labelSelector: `muster.io/test=${mark}`,
      onChange: (now, before) => {
        const name = (now ?? before)?.metadata?.name?.slice(mark.length + 1);
        seen.push(now ? `${name}=${now.metadata?.annotations?.value}` : `${name} gone`);
      },
    });
    return { informer, seen };
  };

  test('a connection that is cut goes on where it was: nothing is missed, nothing is listed again', async () => {
    await make('a', '1');
    const { informer, seen } = inform(distant);
    await informer.start();
    await make('a', '2');
    await until(() => seen.includes('a=2'));
    road.cut();
    await make('a', '3');
    await make('b', '1');
    road.mend();
    await until(() => seen.includes('b=1'));
    expect(seen).toEqual(['a=1', 'a=2', 'a=3', 'b=1']);
    expect(informer.lists).toBe(1);
    await informer.stop();
  });

  test('a version that is too old is answered by listing again, and the watch goes on', async () => {
    await make('c', '1');
    let tooOld = false;
    const forgetful: Kube = {
      ...direct,
      open: (path, query, signal) =>
        direct.open(path, tooOld ? { ...query, resourceVersion: 'nonsense' } : query, signal).finally(() => {
          tooOld = false;
        }),
    };
    const broken: Kube = {
      ...forgetful,
      open: async (path, query, signal) => {
        try {
          return await forgetful.open(path, query, signal);
        } catch (error) {
          // What the API server says of a version that it has compacted.
          throw Object.assign(error as Error, { status: 410 });
        }
      },
    };
    const { informer, seen } = inform(broken);
    tooOld = true;
    await informer.start();
    await until(() => informer.lists === 2);
    await make('d', '1');
    await until(() => seen.includes('d=1'));
    await informer.stop();
  });
});
