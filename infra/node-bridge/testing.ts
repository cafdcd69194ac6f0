/** For tests: a bridge in this process, real agents in theirs, against the real control plane of `MUSTER_KUBECONFIG`. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CoreV1Api, KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { createIds, createLogger, kubernetesName, systemClock } from '@muster/common';
import { ensureCertificate } from '@muster/local';
import { createAuthority, issueServerCertificate } from '@muster/workers';
import { createAgentServer } from './agents.ts';
import { Bridge } from './bridge.ts';
import { createKubelet } from './kubelet.ts';
import { Pool } from './pool.ts';
import type { Reports } from './reports.ts';

const kubeconfig = process.env.MUSTER_KUBECONFIG;
const log = createLogger('test', process.env.MUSTER_TEST_LOG ?? 'silent');
const ids = createIds(systemClock);

/** The control plane's API. @throws Error saying how to start one */
export function kubernetes(): { core: CoreV1Api; config: KubeConfig; path: string } {
  if (!kubeconfig) {
    throw new Error(
      'Set MUSTER_KUBECONFIG: `./muster test` does it, or `. .muster/env` after `./muster up --engines-only`.',
    );
  }
  const config = new KubeConfig();
  config.loadFromFile(kubeconfig);
  return { core: config.makeApiClient(CoreV1Api), config, path: kubeconfig };
}

export interface Told {
  type: string;
  workerId: string;
  body: Record<string, unknown>;
}

interface Summary {
  pods: {
    podRef: { name: string; namespace: string; uid: string };
    containers: {
      name: string;
      startTime: string;
      cpu: { time: string; usageCoreNanoSeconds: number };
      memory: { workingSetBytes: number };
    }[];
  }[];
}

export interface TestBridge {
  bridge: Bridge;
  told: Told[];
  seen: Set<string>;
  /** What was told last of each node's pods. */
  used: Map<string, Summary>;
  /** Where an agent of this worker dials; the test stands in for the gateway. */
  admit(workerId: string): Promise<string>;
  stop(): void;
}

/** Starts a bridge with its kubelet API on a free port. */
export async function startBridge(bridgeId: string, silenceMs = 12_000): Promise<TestBridge> {
  const { path } = kubernetes();
  const folder = mkdtempSync(join(tmpdir(), 'muster-bridge-'));
  for (const file of ['ca.crt', 'ca.key']) copyFileSync(join(dirname(path), 'pki', file), join(folder, file));
  const pair = await ensureCertificate(folder, 'kubelet', {
    commonName: bridgeId,
    names: ['127.0.0.1'],
    usage: ['server'],
  });
  const told: Told[] = [];
  const seen = new Set<string>();
  const used = new Map<string, Summary>();
  const reports: Reports = {
    seen: (workerId) => void seen.add(workerId),
    used: (nodeName, summary) => void used.set(nodeName, summary as Summary),
    tell: (type, workerId, body) => void told.push({ type, workerId, body: body as Record<string, unknown> }),
  };
  const authority = await createAuthority('test');
  // The port must be known before the bridge is made, and the server needs the bridge.
  const kubelet = { host: '127.0.0.1', port: await freePort() };
  const bridge = new Bridge({
    bridgeId,
    poolId: 'pool_test',
    pool: new Pool(path),
    kubelet,
    reports,
    renewCertificate: async (workerId) => (await issueServerCertificate(authority, [workerId])).certificatePem,
    clock: systemClock,
    log,
    silenceMs,
  });
  const servers: Server[] = [
    createKubelet({
      bridge,
      certificate: readFileSync(pair.certificatePath, 'utf8'),
      key: readFileSync(pair.keyPath, 'utf8'),
      clientCa: readFileSync(join(folder, 'ca.crt'), 'utf8'),
      clientName: 'kube-apiserver-kubelet-client',
      log,
    }).listen(kubelet.port, kubelet.host),
  ];
  rmSync(folder, { recursive: true });
  return {
    bridge,
    told,
    seen,
    used,
    admit: async (workerId) => {
      const actor = {
        id: workerId,
        kind: 'worker' as const,
        organizationId: 'org_test',
        scopes: new Set(['agent:connect' as const]),
      };
      const server = createAgentServer(bridge, async () => actor, log).listen(0, '127.0.0.1');
      servers.push(server);
      await once(server, 'listening');
      return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    stop: () => {
      bridge.stop();
      for (const server of servers) server.close();
    },
  };
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** An agent as a process of its own, enrolled by hand. */
export class TestAgent {
  workerId = ids.next('worker');
  nodeName = kubernetesName(this.workerId);
  folder = mkdtempSync(join(tmpdir(), 'muster-agent-'));
  #process: ChildProcess | undefined;

  /** Starts the process, or starts it anew at another bridge. */
  async start(connectUrl: string): Promise<void> {
    const authority = await createAuthority('test');
    const { certificatePem, privateKeyPem } = await issueServerCertificate(authority, [this.workerId]);
    const identity = {
      workerId: this.workerId,
      connectUrl,
      key: privateKeyPem,
      certificate: certificatePem,
      caCertificate: authority.certificatePem,
    };
    writeFileSync(join(this.folder, 'identity.json'), JSON.stringify(identity), { mode: 0o600 });
    this.#process = spawn(
      process.execPath,
      [join(import.meta.dirname, '../agent/main.ts'), 'run', '--state', this.folder],
      {
        stdio: process.env.MUSTER_TEST_LOG ? 'inherit' : 'ignore',
      },
    );
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** Ids of this worker's containers that run now, as Podman tells them. */
  containers(): string[] {
    const args = ['ps', '--quiet', '--no-trunc', '--filter', `label=muster.worker=${this.workerId}`];
    return execFileSync('podman', args, { encoding: 'utf8' }).split('\n').filter(Boolean);
  }

  async end(): Promise<void> {
    await this.kill('SIGKILL');
    const all = execFileSync('podman', ['ps', '--all', '--quiet', '--filter', `label=muster.worker=${this.workerId}`], {
      encoding: 'utf8',
    });
    for (const id of all.split('\n').filter(Boolean)) execFileSync('podman', ['rm', '--force', '--time', '0', id]);
    await kubernetes()
      .core.deleteNode({ name: this.nodeName })
      .catch(() => {});
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A pod for one worker that runs a shell script as an ordinary user. */
export function podFor(agent: TestAgent, script: string, spec: Partial<V1Pod['spec']> = {}): V1Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: `pod-${randomUUID().slice(0, 8)}` },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      nodeSelector: { 'kubernetes.io/hostname': agent.nodeName },
      tolerations: [{ key: 'muster.io/community', operator: 'Exists' }],
      securityContext: { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 },
      containers: [
        {
          name: 'main',
          image: 'localhost/muster-test:1',
          command: ['/bin/sh', '-c', script],
          resources: { limits: { cpu: '100m', memory: '64Mi', 'muster.io/device': '0' } },
        },
      ],
      ...spec,
    },
  };
}

/** Tries until something is there; 40 s at most. */
export async function until<T>(what: string, find: () => Promise<T | undefined | false>): Promise<T> {
  for (let tries = 0; tries < 200; tries++) {
    const found = await find();
    if (found) return found;
    await sleep(200);
  }
  throw new Error(`Not in 40 s: ${what}`);
}
