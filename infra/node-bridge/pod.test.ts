import { describe, expect, test } from '@jest/globals';
import type { V1Container, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { parseBridgeFrame } from '@muster/agent';
import fc from 'fast-check';
import { agentPod, MissingConfigError, type ReadConfig, UnsupportedPodError } from './pod.ts';

const uid = '6b97ae62-0d20-4c7d-ac46-c0e925d54ef1';
const nothing: ReadConfig = async () => undefined;

function podOf(container: Partial<V1Container> = {}, spec: Partial<V1PodSpec> = {}): V1Pod {
  return {
    metadata: { uid, namespace: 'clu-1', name: 'pod-1', labels: { role: 'trainer' } },
    spec: { containers: [{ name: 'main', image: 'localhost/program:1', ...container }], ...spec },
  };
}

function configs(all: Record<string, Record<string, string | Buffer>>): ReadConfig {
  return async (kind, namespace, name) => {
    const values = namespace === 'clu-1' ? all[`${kind}/${name}`] : undefined;
    return values && new Map(Object.entries(values).map(([key, value]) => [key, Buffer.from(value)]));
  };
}

describe('a Kubernetes pod as what an agent runs', () => {
  test('limits, user and policies are taken over, the container’s before the pod’s', async () => {
    const pod = podOf(
      {
        resources: { limits: { cpu: '1500m', memory: '1.5Gi', 'nvidia.com/gpu': '2' } },
        securityContext: { runAsUser: 7, readOnlyRootFilesystem: true },
      },
      {
        restartPolicy: 'Never',
        terminationGracePeriodSeconds: 5,
        activeDeadlineSeconds: 60,
        securityContext: { runAsUser: 1000, runAsGroup: 1001, runAsNonRoot: true },
      },
    );
    expect(await agentPod(pod, nothing)).toMatchObject({
      restartPolicy: 'Never',
      graceSeconds: 5,
      deadlineSeconds: 60,
      container: {
        cpuMillis: 1500,
        memoryBytes: 1.5 * 2 ** 30,
        gpus: 2,
        user: '7:1001',
        nonRoot: true,
        readOnlyRoot: true,
      },
    });
  });

  test('variables see those before them, by Kubernetes’ rules of expansion', async () => {
    const { container } = await agentPod(
      podOf({
        env: [
          { name: 'A', value: 'a' },
          { name: 'B', value: '$(A)/$(C)/$$(A)' },
          { name: 'C', value: '$(B)' },
          { name: 'LATER', valueFrom: { fieldRef: { fieldPath: "metadata.labels['role']" } } },
        ],
        command: ['run', '$(LATER)', '$(UNKNOWN)'],
      }),
      nothing,
    );
    expect(Object.fromEntries(container.env.map(({ name, value }) => [name, value]))).toEqual({
      A: 'a',
      B: 'a/$(C)/$(A)',
      C: 'a/$(C)/$(A)',
      LATER: 'trainer',
    });
    expect(container.command).toEqual(['run', 'trainer', '$(UNKNOWN)']);
  });

  test('Secrets and ConfigMaps of its own namespace become variables and files with their modes', async () => {
    const read = configs({ 'Secret/keys': { token: 's3cret', other: 'x' }, 'ConfigMap/settings': { level: 'high' } });
    const pod = podOf(
      {
        envFrom: [{ prefix: 'SET_', configMapRef: { name: 'settings' } }],
        env: [{ name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'keys', key: 'token' } } }],
        volumeMounts: [{ name: 'keys', mountPath: '/keys' }],
      },
      {
        volumes: [
          { name: 'keys', secret: { secretName: 'keys', items: [{ key: 'token', path: 'a/token', mode: 0o400 }] } },
        ],
      },
    );
    const { container, volumes } = await agentPod(pod, read);
    expect(container.env).toEqual([
      { name: 'SET_level', value: 'high' },
      { name: 'TOKEN', value: 's3cret' },
    ]);
    const base64 = Buffer.from('s3cret').toString('base64');
    expect(volumes).toEqual([{ kind: 'files', name: 'keys', files: [{ path: 'a/token', base64, mode: 0o400 }] }]);
    expect(container.mounts).toEqual([{ volume: 'keys', path: '/keys', readOnly: true }]);
  });

  test('what is missing is waited for, unless it is optional', async () => {
    const asking = (optional: boolean) =>
      podOf({ env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'absent', key: 'a', optional } } }] });
    await expect(agentPod(asking(false), nothing)).rejects.toThrow(MissingConfigError);
    expect((await agentPod(asking(true), nothing)).container.env).toEqual([]);
  });

  test('the service account’s token is left out', async () => {
    const name = 'kube-api-access-x7k2p';
    const pod = podOf(
      { volumeMounts: [{ name, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' }] },
      { volumes: [{ name, projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } }] },
    );
    expect(await agentPod(pod, nothing)).toMatchObject({ volumes: [], container: { mounts: [] } });
  });

  test.each<[string, Partial<V1Container>, Partial<V1PodSpec>]>([
    ['a folder of the host', {}, { volumes: [{ name: 'root', hostPath: { path: '/' } }] }],
    ['a token of another kind', {}, { volumes: [{ name: 'mine', projected: { sources: [] } }] }],
    ['the host’s network', {}, { hostNetwork: true }],
    ['the host’s processes', {}, { hostPID: true }],
    ['privileges', { securityContext: { privileged: true } }, {}],
    ['capabilities', { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }, {}],
    ['init containers', {}, { initContainers: [{ name: 'i' }] }],
    [
      'a sub-path of a folder that it can write',
      { volumeMounts: [{ name: 'v', mountPath: '/v', subPath: 'x' }] },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    ],
    ['two containers', {}, { containers: [{ name: 'a' }, { name: 'b' }] }],
    ['probes, which nobody would ask', { livenessProbe: { exec: { command: ['true'] } } }, {}],
    ['an image that no engine understands', { image: 'Not An Image' }, {}],
    [
      'a mount that an engine would read as two',
      { volumeMounts: [{ name: 'v', mountPath: '/a:b' }] },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    ],
    [
      'a way out of its volume',
      {},
      { volumes: [{ name: 'v', secret: { secretName: 's', items: [{ key: 'k', path: '../k' }] } }] },
    ],
    ['a quantity in a form that is not known', { resources: { limits: { cpu: 'many' } } }, {}],
  ])('%s is refused, and never reaches a worker', async (_, container, spec) => {
    await expect(agentPod(podOf(container, spec), configs({ 'Secret/s': { k: 'v' } }))).rejects.toThrow(
      UnsupportedPodError,
    );
  });

  test('more files than a frame carries are refused', async () => {
    const read = configs(
      Object.fromEntries(Array.from({ length: 4 }, (_, i) => [`ConfigMap/c${i}`, { big: Buffer.alloc(1024 * 1024) }])),
    );
    const volumes = Array.from({ length: 4 }, (_, i) => ({ name: `c${i}`, configMap: { name: `c${i}` } }));
    await expect(agentPod(podOf({}, { volumes }), read)).rejects.toThrow(UnsupportedPodError);
    expect((await agentPod(podOf({}, { volumes: volumes.slice(1, 3) }), read)).volumes).toHaveLength(2);
  });

  test('whatever a customer writes, the agent understands the frame or the pod is refused', async () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string());
    // Mostly right, so that each part is also tried where the others are.
    const mostly = (right: string) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(right) }, { weight: 1, arbitrary: text });
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          image: mostly('a/b:1'),
          name: mostly('A'),
          value: text,
          command: fc.array(text),
          workingDir: mostly('/'),
          mountPath: mostly('/v'),
        }),
        fc.record({ runAsUser: fc.nat(), seconds: fc.nat() }),
        async ({ image, name, value, command, workingDir, mountPath }, { runAsUser, seconds }) => {
          const pod = podOf(
            {
              image,
              env: [{ name, value }],
              command,
              workingDir,
              volumeMounts: [{ name: 'v', mountPath }],
              securityContext: { runAsUser },
            },
            { volumes: [{ name: 'v', emptyDir: {} }], activeDeadlineSeconds: seconds },
          );
          const made = await agentPod(pod, nothing).catch((error) => {
            expect(error).toBeInstanceOf(UnsupportedPodError);
          });
          if (made)
            expect(parseBridgeFrame(JSON.stringify({ type: 'pod.apply', pod: made }))).toMatchObject({ pod: made });
        },
      ),
      { numRuns: 300 },
    );
  });
});
