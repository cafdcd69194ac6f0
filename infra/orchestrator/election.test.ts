import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger } from '@muster/common';
import { Election, systemNamespace } from './election.ts';
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
    const elected: string[] = [];
    const election = new Election({
      kube: api,
      name,
      identity,
      log: createLogger('test', 'silent'),
      onElected: () => void elected.push(identity),
    });
    return { election, elected };
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
    await Promise.all([third!.election.stop(), heir.election.stop()]);
  });
});
