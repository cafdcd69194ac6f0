import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ensureBinary } from './binaries.ts';
import { pkiFolder, startControlPlane, startKwok, writeKubeconfig } from './control-plane.ts';
import { removeStack } from './down.ts';
import { knownPort } from './ports.ts';
import { silent } from './progress.ts';
import { openStack, type Stack } from './stack.ts';
import { stopProcess, waitFor } from './supervisor.ts';

let stack: Stack;
let admin: string;

beforeAll(async () => {
  stack = openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')), durable: true });
  admin = (await startControlPlane(stack)).kubeconfig;
}, 120_000);

afterAll(() => removeStack(stack, silent));

async function kubectl(kubeconfig: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(await ensureBinary('kubectl'), ['--kubeconfig', kubeconfig, ...args]);
  return stdout;
}

function statusOf(port: number, path: string): Promise<number | string> {
  const ca = readFileSync(join(pkiFolder(stack), 'ca.crt'));
  return new Promise((done) => {
    get({ port, host: '127.0.0.1', path, ca }, (response) => done(response.statusCode!)).on('error', (error) =>
      done((error as NodeJS.ErrnoException).code ?? error.message),
    );
  });
}

describe('control plane', () => {
  test('objects survive a kill of etcd and of the API server', async () => {
    await kubectl(admin, 'create', 'namespace', 'kept');
    for (const name of ['kube-apiserver', 'etcd']) await stopProcess(stack, name, 'SIGKILL');
    await startControlPlane(stack);
    expect(await kubectl(admin, 'get', 'namespace', 'kept', '-o', 'name')).toBe('namespace/kept\n');
  });

  test('without a certificate nobody is served, and the cluster’s own do not open etcd', async () => {
    expect(await statusOf(knownPort(stack, 'kube-apiserver')!, '/api')).toBe(401);
    expect(typeof (await statusOf(knownPort(stack, 'etcd')!, '/health'))).toBe('string');
    expect(statSync(admin).mode & 0o777).toBe(0o600);
  });

  test('a client has the rights of its name and no more', async () => {
    const stranger = await writeKubeconfig(stack, 'stranger', { commonName: 'stranger' });
    await expect(kubectl(stranger, 'get', 'namespaces')).rejects.toThrow('Forbidden');
  });

  test('kwok plays labelled nodes: a pod runs there, and one that is to end does', async () => {
    await startKwok(stack);
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'played', labels: { type: 'kwok' }, annotations: { 'kwok.x-k8s.io/node': 'fake' } },
      status: {
        allocatable: { cpu: '8', memory: '16Gi', pods: '10' },
        capacity: { cpu: '8', memory: '16Gi', pods: '10' },
      },
    };
    const pod = (name: string, restartPolicy: string) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name },
      spec: { nodeName: 'played', restartPolicy, containers: [{ name: 'main', image: 'any' }] },
    });
    const list = { apiVersion: 'v1', kind: 'List', items: [node, pod('stays', 'Always'), pod('ends', 'Never')] };
    const kubectlPath = await ensureBinary('kubectl');
    const applied = promisify(execFile)(kubectlPath, ['--kubeconfig', admin, 'apply', '-f', '-']);
    applied.child.stdin!.end(JSON.stringify(list));
    await applied;
    const phase = (name: string) => kubectl(admin, 'get', 'pod', name, '-o', 'jsonpath={.status.phase}');
    await waitFor(async () => (await phase('ends')) === 'Succeeded', 30_000, 200);
    expect([await phase('stays'), await phase('ends')]).toEqual(['Running', 'Succeeded']);
  });
});
