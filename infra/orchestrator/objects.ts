/** A cluster as Kubernetes objects: pure, so that the same intent always makes the same objects. */
import type {
  V1Container,
  V1EnvVar,
  V1NetworkPolicy,
  V1NetworkPolicyIngressRule,
  V1Pod,
  V1ResourceQuota,
  V1ServiceAccount,
  V1Toleration,
} from '@kubernetes/client-node';
import type { DesiredLease } from '@muster/clusters';
import type { IntendedTask, Intent, Program } from './intent.ts';
import type { KubeObject } from './kube.ts';
import { labels, leasePodName, namespaceOf, taskPodName } from './names.ts';

type Made<T> = T & KubeObject;

/** torchrun's usual port. */
const masterPort = '29500';
/** The numeric user of distroless images; the restricted profile wants one that is not root. */
const userId = 65532;
const serviceAccount = 'worker';

/** The namespace, with the restricted Pod Security profile enforced by the API server. */
export function namespaceObject(intent: Intent): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: namespaceOf(intent.clusterId),
      labels: {
        [labels.pool]: intent.poolId,
        [labels.cluster]: intent.clusterId,
        [labels.organization]: intent.organizationId,
        'pod-security.kubernetes.io/enforce': 'restricted',
      },
    },
  };
}

/** An account that no pod gets a token of. */
export function serviceAccountObject({ clusterId }: Intent): Made<V1ServiceAccount> {
  return {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: serviceAccount, namespace: namespaceOf(clusterId) },
    automountServiceAccountToken: false,
  };
}

/** Address ranges that are not the internet: the pool's own network, other tenants', and the clouds' metadata services. */
const privateRanges = [
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  '169.254.0.0/16',
  '127.0.0.0/8',
  '0.0.0.0/8',
  // Outside the ranges of metadata services, and one: Azure's to its machines, and Oracle's.
  '168.63.129.16/32',
  '192.0.0.0/24',
];
const privateRangesV6 = ['fc00::/7', 'fe80::/10', '::1/128'];

/**
 * Closed by default: in, only from the cluster's own pods; out, to them, to the pool's DNS, and to the internet without
 * private and link-local ranges, where the pool's machines, other tenants and cloud metadata are.
 */
export function networkPolicyObject({ clusterId }: Intent): Made<V1NetworkPolicy> {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'own-pods-and-internet', namespace: namespaceOf(clusterId) },
    spec: {
      podSelector: {},
      policyTypes: ['Ingress', 'Egress'],
      // The types call it `_from`, for their own serializer; on the wire it is `from`.
      ingress: [{ from: [{ podSelector: {} }] } as V1NetworkPolicyIngressRule],
      egress: [
        { to: [{ podSelector: {} }] },
        {
          to: [
            {
              namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } },
              podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } },
            },
          ],
          ports: [
            { protocol: 'UDP', port: 53 },
            { protocol: 'TCP', port: 53 },
          ],
        },
        {
          to: [
            { ipBlock: { cidr: '0.0.0.0/0', except: privateRanges } },
            { ipBlock: { cidr: '::/0', except: privateRangesV6 } },
          ],
        },
      ],
    },
  };
}

/**
 * What the namespace may hold at most: twice the leased devices, since the pod of a replaced worker may still be ending
 * while its successor starts, and nothing that costs the pool's owner money.
 */
export function quotaObject({ clusterId, leases, tasks }: Intent): Made<V1ResourceQuota> {
  const devices = new Map<string, number>();
  for (const lease of leases) {
    devices.set(lease.resourceName, (devices.get(lease.resourceName) ?? 0) + lease.devices);
  }
  return {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'leases', namespace: namespaceOf(clusterId) },
    spec: {
      hard: {
        pods: String(2 * leases.length * (1 + tasks.length) + 10),
        services: '0',
        persistentvolumeclaims: '0',
        ...Object.fromEntries([...devices].map(([name, count]) => [`requests.${name}`, String(2 * count)])),
      },
    },
  };
}

/** The names of all pods of the intent, also of those that cannot be made yet. */
export function podNames({ program, leases, tasks }: Intent): Set<string> {
  const names = new Set<string>();
  if (program) for (const { id } of leases) names.add(leasePodName(id));
  for (const { id, attempt, leaseIds } of tasks) {
    for (const rank of leaseIds.keys()) names.add(taskPodName(id, attempt, rank));
  }
  return names;
}

/** Every pod of the intent that can be made now: a task's rank 0 first, the others when it has an address. */
export function podObjects(intent: Intent, addressOf: (podName: string) => string | undefined): Made<V1Pod>[] {
  const pods: Made<V1Pod>[] = [];
  const { program } = intent;
  if (program) for (const lease of intent.leases) pods.push(leasePod(intent, lease, program));
  const leases = new Map(intent.leases.map((lease) => [lease.id, lease]));
  for (const task of intent.tasks) {
    const master = addressOf(taskPodName(task.id, task.attempt, 0));
    for (const [rank, leaseId] of task.leaseIds.entries()) {
      const lease = leases.get(leaseId);
      if (!lease || (rank > 0 && !master)) continue;
      pods.push(taskPod(intent, lease, task, rank, rank === 0 ? '127.0.0.1' : master!));
    }
  }
  return pods;
}

function leasePod(intent: Intent, lease: DesiredLease, program: Program): Made<V1Pod> {
  return pod(intent, lease, {
    name: leasePodName(lease.id),
    labels: {},
    restartPolicy: 'Always',
    program,
    env: { MUSTER_CLUSTER_ID: intent.clusterId, MUSTER_LEASE_ID: lease.id, MUSTER_RANK: String(lease.rank) },
  });
}

function taskPod(intent: Intent, lease: DesiredLease, task: IntendedTask, rank: number, master: string): Made<V1Pod> {
  const placing = {
    RANK: String(rank),
    WORLD_SIZE: String(task.leaseIds.length),
    MASTER_ADDR: master,
    MASTER_PORT: masterPort,
  };
  return pod(intent, lease, {
    name: taskPodName(task.id, task.attempt, rank),
    labels: {
      [labels.rank]: String(rank),
      [labels.task]: task.id,
      [labels.attempt]: String(task.attempt),
    },
    restartPolicy: 'Never',
    program: task.program,
    env: {
      ...placing,
      ...Object.fromEntries(Object.entries(placing).map(([name, value]) => [`MUSTER_${name}`, value])),
      MUSTER_CLUSTER_ID: intent.clusterId,
      MUSTER_LEASE_ID: lease.id,
      MUSTER_TASK_ID: task.id,
    },
  });
}

function pod(
  { clusterId, poolId }: Intent,
  lease: DesiredLease,
  made: {
    name: string;
    labels: Record<string, string>;
    restartPolicy: 'Always' | 'Never';
    program: Program;
    env: Record<string, string>;
  },
): Made<V1Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: made.name,
      namespace: namespaceOf(clusterId),
      labels: {
        [labels.pool]: poolId,
        [labels.cluster]: clusterId,
        [labels.lease]: lease.id,
        [labels.clusterRank]: String(lease.rank),
        ...made.labels,
      },
    },
    spec: {
      restartPolicy: made.restartPolicy,
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      affinity: pinnedTo(lease.nodeName),
      tolerations,
      securityContext: {
        runAsNonRoot: true,
        runAsUser: userId,
        runAsGroup: userId,
        fsGroup: userId,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [container(lease, made.program, { ...made.program.env, ...made.env })],
    },
  };
}

/** By name, which the scheduler looks up at once, where a label would make it look at every node. */
function pinnedTo(nodeName: string) {
  const field = { key: 'metadata.name', operator: 'In', values: [nodeName] };
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [field] }] },
    },
  };
}

/** Taints that keep others' pods off leased machines. */
const tolerations: V1Toleration[] = [
  'muster.io/community',
  'muster.io/simulated',
  'kwok.x-k8s.io/node',
  'nvidia.com/gpu',
  'amd.com/gpu',
].map((key) => ({ key, operator: 'Exists' }));

function container(lease: DesiredLease, program: Program, env: Record<string, string>): V1Container {
  const resources = {
    [lease.resourceName]: String(lease.devices),
    cpu: `${lease.cpuMillis}m`,
    memory: `${lease.memoryMb}Mi`,
  };
  return {
    name: 'main',
    image: program.image,
    // `localhost/` names no registry: such an image is on the node or nowhere, and a kubelet must not try to pull it.
    ...(program.image.startsWith('localhost/') && { imagePullPolicy: 'Never' }),
    ...(program.command.length > 0 && { command: program.command }),
    ...(program.args.length > 0 && { args: program.args }),
    env: Object.entries(env).map(([name, value]): V1EnvVar => ({ name, value })),
    resources: { requests: resources, limits: resources },
    securityContext: {
      allowPrivilegeEscalation: false,
      privileged: false,
      capabilities: { drop: ['ALL'] },
    },
  };
}
