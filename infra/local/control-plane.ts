/** A Kubernetes control plane of the stack's own: etcd, API server, controller-manager and scheduler, each with its own certificate. */
import { mkdirSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { join } from 'node:path';
import { type BinaryName, ensureBinaries, ensureBinary } from './binaries.ts';
import { writeKubeconfigFile } from './kubeconfig.ts';
import { ensureAuthority, ensureCertificate, ensureKeys, type KeyPair, machineAddresses } from './pki.ts';
import { claimPort, knownPort } from './ports.ts';
import { type Progress, StepError, silent } from './progress.ts';
import { addEnvironment, checkout, type Stack } from './stack.ts';
import { isRunning, logPath, startProcess, waitFor } from './supervisor.ts';

export const controlPlanePrograms = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
] as const satisfies BinaryName[];

/** The first address of the service range is the API server's own, inside the cluster. */
const services = { range: '10.96.0.0/16', first: '10.96.0.1' };

export interface ControlPlane {
  /** Path of a kubeconfig with every right. */
  kubeconfig: string;
  /** The authority that signs API server, clients and kubelets, as PEM. */
  authority: KeyPair;
}

/** Starts what of the control plane does not run yet, and waits until it answers. */
export async function startControlPlane(stack: Stack, progress: Progress = silent): Promise<ControlPlane> {
  const [etcd, apiserver, controllers, scheduler] = await ensureBinaries(controlPlanePrograms, progress);
  const pki = await ensurePki(stack);
  await startEtcd(stack, etcd!, pki);
  await startApiServer(stack, apiserver!, pki);
  const kubeconfig = await writeKubeconfig(stack, 'admin', { commonName: 'admin', organization: 'system:masters' });
  await waitUntilReady(stack, pki);
  await startClient(stack, 'kube-controller-manager', controllers!, [
    `--service-account-private-key-file=${pki.serviceAccounts.keyPath}`,
    `--root-ca-file=${pki.authority.certificatePath}`,
    `--cluster-signing-cert-file=${pki.authority.certificatePath}`,
    `--cluster-signing-key-file=${pki.authority.keyPath}`,
    // Each controller as its own account: RBAC gives the manager itself next to nothing.
    '--use-service-account-credentials',
    // Liveness is Muster's own (40 s); Kubernetes must not evict earlier because a machine is busy.
    '--node-monitor-grace-period=120s',
    '--concurrent-namespace-syncs=32',
    '--concurrent-gc-syncs=32',
    '--concurrent-job-syncs=32',
  ]);
  await startClient(stack, 'kube-scheduler', scheduler!, []);
  await waitForControllers(stack, pki);
  addEnvironment(stack, { MUSTER_KUBECONFIG: kubeconfig });
  return { kubeconfig, authority: pki.authority };
}

/** Starts kwok, which plays the nodes that carry the label `type=kwok` and their pods. */
export async function startKwok(stack: Stack, progress: Progress = silent): Promise<void> {
  const kubeconfig = await writeKubeconfig(stack, 'kwok', { commonName: 'kwok', organization: 'system:masters' });
  startProcess(stack, {
    name: 'kwok',
    command: await ensureBinary('kwok', progress),
    args: [`--kubeconfig=${kubeconfig}`, `--config=${join(checkout, 'infra/local/kubernetes/kwok.yaml')}`],
  });
}

interface Pki {
  folder: string;
  authority: KeyPair;
  server: KeyPair;
  toKubelets: KeyPair;
  toEtcd: KeyPair;
  etcd: KeyPair;
  etcdAuthority: KeyPair;
  /** Signs service account tokens. */
  serviceAccounts: { publicPath: string; keyPath: string };
}

async function ensurePki(stack: Stack): Promise<Pki> {
  const folder = pkiFolder(stack);
  // etcd has an authority of its own: whoever may write there may do anything, and a cluster certificate is not enough.
  const etcdFolder = join(folder, 'etcd');
  for (const each of [folder, etcdFolder]) mkdirSync(each, { recursive: true, mode: 0o700 });
  const authority = await ensureAuthority(folder, 'muster-kubernetes');
  const etcdAuthority = await ensureAuthority(etcdFolder, 'muster-etcd');
  return {
    folder,
    authority,
    etcdAuthority,
    serviceAccounts: await ensureKeys(folder, 'service-accounts'),
    server: await ensureCertificate(folder, 'apiserver', {
      commonName: 'kube-apiserver',
      names: ['localhost', 'kubernetes.default.svc', 'kubernetes.default', services.first, ...machineAddresses()],
      usage: ['server'],
    }),
    toKubelets: await ensureCertificate(folder, 'apiserver-kubelet-client', {
      commonName: 'kube-apiserver-kubelet-client',
      organization: 'system:masters',
      usage: ['client'],
    }),
    etcd: await ensureCertificate(etcdFolder, 'server', {
      commonName: 'etcd',
      names: ['localhost', '127.0.0.1'],
      usage: ['server', 'client'],
    }),
    toEtcd: await ensureCertificate(etcdFolder, 'apiserver', { commonName: 'kube-apiserver', usage: ['client'] }),
  };
}

async function startEtcd(stack: Stack, command: string, { etcd, etcdAuthority }: Pki): Promise<void> {
  if (isRunning(stack, 'etcd')) return;
  const port = await claimPort(stack, 'etcd');
  const client = `https://127.0.0.1:${port}`;
  const peer = `https://127.0.0.1:${await claimPort(stack, 'etcd-peer')}`;
  const data = join(stack.home, 'kubernetes', 'etcd');
  mkdirSync(data, { recursive: true, mode: 0o700 });
  startProcess(stack, {
    name: 'etcd',
    command,
    port,
    args: [
      '--name=muster',
      `--data-dir=${data}`,
      `--listen-client-urls=${client}`,
      `--advertise-client-urls=${client}`,
      `--listen-peer-urls=${peer}`,
      `--initial-advertise-peer-urls=${peer}`,
      `--initial-cluster=muster=${peer}`,
      `--cert-file=${etcd.certificatePath}`,
      `--key-file=${etcd.keyPath}`,
      '--client-cert-auth',
      `--trusted-ca-file=${etcdAuthority.certificatePath}`,
      `--peer-cert-file=${etcd.certificatePath}`,
      `--peer-key-file=${etcd.keyPath}`,
      '--peer-client-cert-auth',
      `--peer-trusted-ca-file=${etcdAuthority.certificatePath}`,
      '--quota-backend-bytes=4294967296',
      '--log-level=warn',
      ...(stack.durable ? [] : ['--unsafe-no-fsync']),
    ],
  });
}

async function startApiServer(stack: Stack, command: string, pki: Pki): Promise<void> {
  if (isRunning(stack, 'kube-apiserver')) return;
  const port = await claimPort(stack, 'kube-apiserver');
  startProcess(stack, {
    name: 'kube-apiserver',
    command,
    port,
    graceMs: 20_000,
    args: [
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      // On loopback there is no address to advertise, and nothing in the cluster asks for one.
      '--endpoint-reconciler-type=none',
      `--tls-cert-file=${pki.server.certificatePath}`,
      `--tls-private-key-file=${pki.server.keyPath}`,
      `--client-ca-file=${pki.authority.certificatePath}`,
      '--anonymous-auth=false',
      '--authorization-mode=Node,RBAC',
      '--enable-admission-plugins=NodeRestriction',
      '--allow-privileged=true',
      `--etcd-servers=https://127.0.0.1:${knownPort(stack, 'etcd')}`,
      `--etcd-cafile=${pki.etcdAuthority.certificatePath}`,
      `--etcd-certfile=${pki.toEtcd.certificatePath}`,
      `--etcd-keyfile=${pki.toEtcd.keyPath}`,
      `--kubelet-certificate-authority=${pki.authority.certificatePath}`,
      `--kubelet-client-certificate=${pki.toKubelets.certificatePath}`,
      `--kubelet-client-key=${pki.toKubelets.keyPath}`,
      '--kubelet-preferred-address-types=InternalIP',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${pki.serviceAccounts.publicPath}`,
      `--service-account-signing-key-file=${pki.serviceAccounts.keyPath}`,
      `--service-cluster-ip-range=${services.range}`,
      '--profiling=false',
    ],
  });
}

/** The controller-manager or the scheduler. Stock client limits would make them write 20 a second. */
async function startClient(stack: Stack, name: BinaryName, command: string, args: string[]): Promise<void> {
  if (isRunning(stack, name)) return;
  const kubeconfig = await writeKubeconfig(stack, name, { commonName: `system:${name}` });
  startProcess(stack, {
    name,
    command,
    args: [
      `--kubeconfig=${kubeconfig}`,
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=1000',
      '--kube-api-burst=2000',
      '--profiling=false',
      ...args,
    ],
  });
}

async function waitUntilReady(stack: Stack, pki: Pki): Promise<void> {
  const alive = () => ['etcd', 'kube-apiserver'].every((name) => isRunning(stack, name));
  const ready = await waitFor(async () => !alive() || (await answers(stack, pki, '/readyz')), 90_000, 100);
  if (ready && alive()) return;
  const ended = isRunning(stack, 'etcd') ? 'kube-apiserver' : 'etcd';
  throw new StepError(`The Kubernetes control plane did not come up (${ended}).`, { log: logPath(stack, ended) });
}

/** The controller-manager works when it has given the default namespace its service account. */
async function waitForControllers(stack: Stack, pki: Pki): Promise<void> {
  const path = '/api/v1/namespaces/default/serviceaccounts/default';
  if (!(await waitFor(() => answers(stack, pki, path), 60_000, 100))) {
    const log = logPath(stack, 'kube-controller-manager');
    throw new StepError('The Kubernetes controllers did not come up.', { log });
  }
  const ended = (['kube-controller-manager', 'kube-scheduler'] as const).find((name) => !isRunning(stack, name));
  if (ended) throw new StepError(`${ended} ended right after its start.`, { log: logPath(stack, ended) });
}

function answers(stack: Stack, { authority, toKubelets }: Pki, path: string): Promise<boolean> {
  const agent = new Agent({
    ca: readFileSync(authority.certificatePath),
    cert: readFileSync(toKubelets.certificatePath),
    key: readFileSync(toKubelets.keyPath),
  });
  const url = `https://127.0.0.1:${knownPort(stack, 'kube-apiserver')}${path}`;
  return new Promise((done) => {
    const request = get(url, { agent, signal: AbortSignal.timeout(2_000) }, (response) => {
      response.resume();
      done(response.statusCode === 200);
    });
    request.on('error', () => done(false));
  });
}

/** A kubeconfig with a client certificate of its own, and its path. */
export async function writeKubeconfig(
  stack: Stack,
  name: string,
  subject: { commonName: string; organization?: string },
): Promise<string> {
  const pair = await ensureCertificate(pkiFolder(stack), `client-${name}`, { ...subject, usage: ['client'] });
  const path = join(stack.home, 'kubernetes', `${name}.kubeconfig`);
  writeKubeconfigFile(path, {
    server: `https://127.0.0.1:${knownPort(stack, 'kube-apiserver')}`,
    authority: readFileSync(join(pkiFolder(stack), 'ca.crt'), 'utf8'),
    user: {
      'client-certificate-data': readFileSync(pair.certificatePath).toString('base64'),
      'client-key-data': readFileSync(pair.keyPath).toString('base64'),
    },
  });
  return path;
}

/** Where the cluster's authority and certificates lie. */
export function pkiFolder(stack: Stack): string {
  return join(stack.home, 'kubernetes', 'pki');
}
