/** A real node for tests: containerd, a kubelet, and a device plugin that offers `nvidia.com/gpu`, all of the stack's own. */
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ControlPlane,
  claimPort,
  ensureBinary,
  ensureCertificate,
  findProgram,
  installPackages,
  pkiFolder,
  type Stack,
  startProcess,
  stopProcess,
  writeKubeconfig,
} from '@muster/local';

export const nodeName = 'muster-e2e';
const pauseImage = 'localhost/muster/pause:latest';
const bridge = 'muster-e2e0';
const cniFolder = '/usr/lib/cni';

/**
 * Starts the node and joins it to the control plane. It is ended with the stack.
 *
 * @param images what its containers run: there is no registry, so they are handed over from Podman
 */
export async function startNode(
  stack: Stack,
  { authority }: ControlPlane,
  options: { devices: number; images: string[]; labels: Record<string, string> },
): Promise<void> {
  const packages = {
    containerd: 'containerd',
    runc: 'runc',
    // Not its `bridge`: iproute2 has a program of that name.
    'host-local': 'containernetworking-plugins',
    busybox: 'busybox-static',
    iptables: 'iptables',
  };
  const missing = Object.entries(packages).filter(([program]) => !findProgram(program, [cniFolder]));
  if (missing.length > 0)
    await installPackages(
      stack,
      missing.map(([, name]) => name),
    );
  const folder = join(stack.home, 'node');
  const socket = join(folder, 'containerd.sock');
  mkdirSync(folder, { recursive: true });

  writeFileSync(join(folder, 'containerd.toml'), containerdConfig(folder, socket));
  mkdirSync(join(folder, 'cni'), { recursive: true });
  writeFileSync(join(folder, 'cni', '10-muster.conflist'), JSON.stringify(network, null, 2));
  startProcess(stack, {
    name: 'containerd',
    command: findProgram('containerd')!,
    args: ['--config', join(folder, 'containerd.toml')],
    environment: { PATH: process.env.PATH },
  });
  await waitForFile(socket);
  makePauseImage();
  importImages(socket, [pauseImage, ...options.images]);

  const certificate = await ensureCertificate(pkiFolder(stack), 'kubelet', {
    commonName: `system:node:${nodeName}`,
    organization: 'system:nodes',
    names: [nodeName, address()],
    usage: ['server', 'client'],
  });
  const kubeconfig = await writeKubeconfig(stack, 'kubelet', {
    commonName: `system:node:${nodeName}`,
    organization: 'system:nodes',
  });
  const config = join(folder, 'kubelet.json');
  writeFileSync(
    config,
    JSON.stringify({
      kind: 'KubeletConfiguration',
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      authentication: {
        anonymous: { enabled: false },
        webhook: { enabled: false },
        x509: { clientCAFile: authority.certificatePath },
      },
      authorization: { mode: 'AlwaysAllow' },
      tlsCertFile: certificate.certificatePath,
      tlsPrivateKeyFile: certificate.keyPath,
      port: await claimPort(stack, 'kubelet'),
      healthzPort: await claimPort(stack, 'kubelet-healthz'),
      containerRuntimeEndpoint: `unix://${socket}`,
      // A sandbox gives no cgroup tree of one's own: leave it as it is, and set limits per container only.
      cgroupDriver: 'cgroupfs',
      cgroupsPerQOS: false,
      enforceNodeAllocatable: [],
      failCgroupV1: false,
      failSwapOn: false,
      evictionHard: {
        'memory.available': '0%',
        'nodefs.available': '0%',
        'nodefs.inodesFree': '0%',
        'imagefs.available': '0%',
      },
      resolvConf: '/etc/resolv.conf',
      clusterDomain: 'cluster.local',
      nodeStatusUpdateFrequency: '5s',
    }),
  );
  // The plugin waits for this socket; one of an earlier kubelet would mislead it.
  rmSync('/var/lib/kubelet/device-plugins/kubelet.sock', { force: true });
  startProcess(stack, {
    name: 'kubelet',
    command: await ensureBinary('kubelet'),
    args: [
      `--config=${config}`,
      `--kubeconfig=${kubeconfig}`,
      `--hostname-override=${nodeName}`,
      `--node-ip=${address()}`,
      `--root-dir=${join(folder, 'kubelet')}`,
      `--node-labels=${Object.entries(options.labels)
        .map((pair) => pair.join('='))
        .join(',')}`,
    ],
    environment: { PATH: process.env.PATH },
  });
  startProcess(stack, {
    name: 'device-plugin',
    command: process.execPath,
    args: [new URL('device-plugin.ts', import.meta.url).pathname, String(options.devices)],
  });
}

/** Ends the node, and takes away what a killed kubelet leaves behind: mounts, containers' shims, and the bridge. */
export async function stopNode(stack: Stack): Promise<void> {
  for (const name of ['device-plugin', 'kubelet', 'containerd']) await stopProcess(stack, name);
  const folder = join(stack.home, 'node');
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`));
  for (const path of mounts.reverse()) spawnSync('umount', ['--lazy', path]);
  spawnSync('ip', ['link', 'delete', bridge]);
}

/** A non-loopback address of this machine: the kubelet refuses a loopback one. */
function address(): string {
  const found = Object.values(networkInterfaces())
    .flat()
    .find((each) => each?.family === 'IPv4' && !each.internal);
  if (!found) throw new Error('This machine has no address but loopback; a kubelet needs one.');
  return found.address;
}

/** The network of the node's pods: a bridge of its own, on a range that Podman does not use. */
const network = {
  cniVersion: '1.0.0',
  name: 'muster-e2e',
  plugins: [
    {
      type: 'bridge',
      bridge,
      isGateway: true,
      ipMasq: false,
      ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.77.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] },
    },
    { type: 'loopback' },
  ],
};

/** `restrict_oom_score_adj`: in a sandbox runc may not lower the score and fails without saying so. */
function containerdConfig(folder: string, socket: string): string {
  return `version = 2
root = "${folder}/containerd"
state = "${folder}/containerd-state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  restrict_oom_score_adj = true
  disable_tcp_service = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${cniFolder}"
    conf_dir = "${folder}/cni"
`;
}

/** What holds a pod's namespaces open: a busybox that sleeps. */
function makePauseImage(): void {
  const root = mkdtempSync(join(tmpdir(), 'muster-pause-'));
  try {
    mkdirSync(join(root, 'bin'));
    copyFileSync(findProgram('busybox')!, join(root, 'bin', 'busybox'));
    const archive = execFileSync('tar', ['-C', root, '-c', '.'], { maxBuffer: 2 ** 26 });
    const entrypoint = 'ENTRYPOINT ["/bin/busybox","sleep","2147483647"]';
    execFileSync('podman', ['import', '--change', entrypoint, '-', pauseImage], {
      input: archive,
      stdio: ['pipe', 'ignore', 'pipe'],
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Hands images from Podman to containerd. */
function importImages(socket: string, images: string[]): void {
  for (const image of images) {
    const archive = execFileSync('podman', ['save', '--format', 'docker-archive', image], { maxBuffer: 2 ** 31 - 1 });
    execFileSync('ctr', ['--address', socket, '--namespace', 'k8s.io', 'images', 'import', '-'], {
      input: archive,
      maxBuffer: 2 ** 24,
    });
  }
}

async function waitForFile(path: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (existsSync(path)) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${path} did not appear.`);
}
