import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@muster/common';
import { Election, processIdentity, systemNamespace } from './election.ts';
import { createKube, type Kube } from './kube.ts';
import { poolKubeconfig, until } from './testing.ts';

describe('the election of a pool’s leader', () => {
  let kube: Kube;
  const name = `test-${randomBytes(5).toString('hex')}`;

  beforeAll(async () => {
    kube = await createKube(poolKubeconfig());
  });
  afterAll(async () => {
    await kube.request('DELETE', `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/${name}`);
    kube.close();
  });

  const candidate = (identity: string, api = kube) => {
    const told: string[] = [];
    const counted = { looks: 0 };
    const counting: Kube = {
      ...api,
      request: (method, path, input) => {
        counted.looks++;
        return api.request(method, path, input);
      },
    };
    const election = new Election({
      kube: counting,
      name,
      identity,
      log: createLogger('test', 'silent'),
      onElected: () => void told.push('elected'),
      onDismissed: () => void told.push('dismissed'),
    });
    return Object.assign(counted, { election, told });
  };

  test('of several one leads, a leader that leaves is followed at once, and one that is cut off leads no more', async () => {
    let cut = false;
    const flaky: Kube = {
      ...kube,
      request: (method, path, input) => (cut ? Promise.reject(new Error('cut')) : kube.request(method, path, input)),
    };
    const all = [candidate('a'), candidate('b'), candidate('c', flaky)];
    const leaders = () => all.filter(({ election }) => election.isLeader());
    for (const { election } of all.slice(0, 2)) election.start();
    const [first] = await until(() => (leaders().length > 0 ? leaders() : undefined));
    expect(leaders()).toHaveLength(1);
    await first!.election.stop();
    expect(first!.election.isLeader()).toBe(false);
    const [second] = await until(() => (leaders().length > 0 ? leaders() : undefined));
    expect(leaders()).toHaveLength(1);
    await second!.election.stop();

    const [, , third] = all;
    third!.election.start();
    await until(() => third!.election.isLeader());
    const heir = candidate('heir');
    heir.election.start();
    cut = true;
    // Never two: the old leader gives up before the new one may take over.
    await until(() => {
      expect(third!.election.isLeader() && heir.election.isLeader()).toBe(false);
      return heir.election.isLeader();
    });
    expect(third!.told).toEqual(['elected', 'dismissed']);
    await Promise.all([third!.election.stop(), heir.election.stop()]);
  });

  test('the lease of a process of this machine that died is free at once; that of one that lives is not', async () => {
    const path = `/apis/coordination.k8s.io/v1/namespaces/${systemNamespace}/leases/${name}`;
    const heldBy = (holderIdentity: string) =>
      kube.request('PATCH', path, {
        body: { spec: { holderIdentity, leaseDurationSeconds: 3600 } },
        contentType: 'application/merge-patch+json',
      });
    const own = processIdentity();
    await heldBy(own);
    const heir = candidate('heir');
    heir.election.start();
    await until(() => heir.looks > 1);
    expect(heir.election.isLeader()).toBe(false);
    // No process has this number: Linux counts to 4194303.
    await heldBy(own.replace(`/${process.pid}/`, '/4194304/'));
    await until(() => heir.election.isLeader());
    await heir.election.stop();
  });
});
