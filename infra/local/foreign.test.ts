import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { startControlPlane } from './control-plane.ts';
import { removeStack } from './down.ts';
import { foreignKubeconfig, useCluster } from './foreign.ts';
import { silent } from './progress.ts';
import { ensureRights } from './rights.ts';
import { openStack, type Stack } from './stack.ts';
import { listProcesses } from './supervisor.ts';

let theirs: Stack;
let ours: Stack;
let named: string;

beforeAll(async () => {
  [theirs, ours] = [1, 2].map(() =>
    openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')), durable: false }),
  ) as [Stack, Stack];
  named = (await startControlPlane(theirs)).kubeconfig;
}, 120_000);

afterAll(async () => {
  await removeStack(ours, silent);
  await removeStack(theirs, silent);
});

function core(path: string): CoreV1Api {
  const config = new KubeConfig();
  config.loadFromString(readFileSync(path, 'utf8'));
  return config.makeApiClient(CoreV1Api);
}

describe('a named cluster', () => {
  test('is used instead of a control plane of our own, and remembered', async () => {
    expect(await useCluster(ours, named)).toBe('v1.34.4');
    expect(foreignKubeconfig(ours)).toBe(named);
    expect(listProcesses(ours)).toEqual([]);
  });

  test('Muster gets the rights of its service accounts there, and not those of the named kubeconfig', async () => {
    const { orchestrator, nodeBridge } = await ensureRights(ours);
    expect((await core(orchestrator).listNode()).items).toEqual([]);
    await expect(core(orchestrator).listSecretForAllNamespaces()).rejects.toMatchObject({ code: 403 });
    await expect(core(nodeBridge).createNamespace({ body: { metadata: { name: 'x' } } })).rejects.toMatchObject({
      code: 403,
    });
  });

  test('a stack that has a control plane of its own does not move to another', async () => {
    await expect(useCluster(theirs, named)).rejects.toThrow('a control plane of its own');
    expect(foreignKubeconfig(theirs)).toBeUndefined();
  });
});
