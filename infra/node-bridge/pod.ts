/**
 * A Kubernetes pod as what an agent can run: every reference resolved, everything that a community worker cannot or must
 * not keep refused. An agent never sees a service account's token, a host's folder, or anything of another pod.
 */
import type { V1Container, V1EnvVar, V1Pod, V1Volume } from '@kubernetes/client-node';
import { maxFrameBytes, type Pod, podSchema } from '@muster/agent';

/** The pod asks for something that no agent keeps: it fails at once, with the reason. */
export class UnsupportedPodError extends Error {
  override name = 'UnsupportedPodError';
}

/** A ConfigMap or Secret that the pod names is not there yet: tried again. */
export class MissingConfigError extends Error {
  override name = 'MissingConfigError';
}

/** Reads a ConfigMap's or Secret's values; undefined when there is none of that name. */
export type ReadConfig = (
  kind: 'ConfigMap' | 'Secret',
  namespace: string,
  name: string,
) => Promise<Map<string, Buffer> | undefined>;

/** Of a frame, for what stands around the pod in it. */
const envelopeBytes = 1024;

/**
 * @returns a pod that every agent understands: one that it does not would end the worker's connection, and every later one
 * @throws UnsupportedPodError naming what cannot be kept
 * @throws MissingConfigError when a ConfigMap or Secret that is not optional is not there
 */
export async function agentPod(pod: V1Pod, read: ReadConfig): Promise<Pod> {
  const parsed = podSchema.safeParse(await resolve(pod, read));
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.');
    throw new UnsupportedPodError(`A community worker does not take what the pod has as ${path}.`);
  }
  if (Buffer.byteLength(JSON.stringify(parsed.data)) > maxFrameBytes - envelopeBytes) {
    throw new UnsupportedPodError('The ConfigMaps and Secrets of the pod are too large for a community worker.');
  }
  return parsed.data;
}

async function resolve(pod: V1Pod, read: ReadConfig): Promise<Pod> {
  const { metadata, spec } = pod;
  const container = theContainer(pod);
  const context = new Context(pod, read);
  const env = await context.env(container);
  const command = container.command?.map((part) => expand(part, env));
  const args = container.args?.map((part) => expand(part, env));
  const security = { ...spec!.securityContext, ...container.securityContext };
  const limits = container.resources?.limits ?? {};
  const { volumes, mounts } = await context.volumes(container);
  return {
    uid: metadata!.uid!,
    namespace: metadata!.namespace!,
    name: metadata!.name!,
    restartPolicy: (spec!.restartPolicy ?? 'Always') as Pod['restartPolicy'],
    graceSeconds: spec!.terminationGracePeriodSeconds ?? 30,
    ...(spec!.activeDeadlineSeconds && { deadlineSeconds: spec!.activeDeadlineSeconds }),
    volumes,
    container: {
      name: container.name,
      image: container.image!,
      pullPolicy: (container.imagePullPolicy ?? 'IfNotPresent') as Pod['container']['pullPolicy'],
      ...(command?.length && { command }),
      ...(args?.length && { args }),
      ...(container.workingDir && { workingDir: container.workingDir }),
      env: [...env].map(([name, value]) => ({ name, value })),
      tty: container.tty ?? false,
      ...(limits.cpu && { cpuMillis: Math.ceil(quantity(limits.cpu) * 1000) }),
      ...(limits.memory && { memoryBytes: Math.trunc(quantity(limits.memory)) }),
      gpus: Number(limits['nvidia.com/gpu'] ?? 0),
      ...(security.runAsUser !== undefined && {
        user:
          security.runAsGroup === undefined ? `${security.runAsUser}` : `${security.runAsUser}:${security.runAsGroup}`,
      }),
      nonRoot: security.runAsNonRoot ?? false,
      readOnlyRoot: container.securityContext?.readOnlyRootFilesystem ?? false,
      mounts,
    },
  };
}

/** The pod's only container, after everything unsupported has been refused. */
function theContainer({ spec }: V1Pod): V1Container {
  const [container, ...more] = spec!.containers;
  const refusals: [unknown, string][] = [
    [more.length > 0, 'more than one container'],
    [spec!.initContainers?.length, 'init containers'],
    [spec!.hostNetwork, 'the host’s network'],
    [spec!.hostPID || spec!.hostIPC, 'the host’s processes'],
    [spec!.hostAliases?.length, 'host aliases'],
    [spec!.imagePullSecrets?.length, 'image pull secrets'],
    [container?.securityContext?.privileged, 'privileged mode'],
    [container?.securityContext?.capabilities?.add?.length, 'capabilities'],
    [container?.livenessProbe || container?.readinessProbe || container?.startupProbe, 'probes'],
    [container?.lifecycle, 'lifecycle hooks'],
    [container?.volumeDevices?.length, 'block devices'],
    [container?.volumeMounts?.some(({ subPathExpr }) => subPathExpr), 'expanded sub-paths'],
  ];
  const asked = refusals.filter(([given]) => given).map(([, what]) => what);
  if (asked.length > 0)
    throw new UnsupportedPodError(`A community worker does not keep pods with ${asked.join(', ')}.`);
  return container!;
}

class Context {
  #pod: V1Pod;
  #read: ReadConfig;

  constructor(pod: V1Pod, read: ReadConfig) {
    this.#pod = pod;
    this.#read = read;
  }

  /** The environment, in order: later entries see earlier ones as `$(NAME)`. */
  async env(container: V1Container): Promise<Map<string, string>> {
    const env = new Map<string, string>();
    for (const { configMapRef, secretRef, prefix = '' } of container.envFrom ?? []) {
      const source = configMapRef ?? secretRef;
      const values = await this.#config(configMapRef ? 'ConfigMap' : 'Secret', source?.name ?? '', source?.optional);
      for (const [name, value] of values ?? []) env.set(prefix + name, value.toString());
    }
    for (const entry of container.env ?? []) {
      const value = entry.valueFrom ? await this.#valueFrom(entry, container) : expand(entry.value ?? '', env);
      if (value !== undefined) env.set(entry.name, value);
    }
    return env;
  }

  async #valueFrom({ name, valueFrom }: V1EnvVar, container: V1Container): Promise<string | undefined> {
    const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom!;
    if (fieldRef) return this.#field(fieldRef.fieldPath);
    const key = configMapKeyRef ?? secretKeyRef;
    if (!key || resourceFieldRef)
      throw new UnsupportedPodError(`The variable ${name} of ${container.name} has no known source.`);
    const values = await this.#config(configMapKeyRef ? 'ConfigMap' : 'Secret', key.name ?? '', key.optional);
    const value = values?.get(key.key)?.toString();
    if (value === undefined && !key.optional)
      throw new MissingConfigError(`There is no key ${key.key} in ${key.name}.`);
    return value;
  }

  #field(path: string): string {
    const { metadata, spec } = this.#pod;
    const [, kind, key = ''] = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path) ?? [];
    if (kind) return metadata?.[kind as 'labels' | 'annotations']?.[key] ?? '';
    const fields: Record<string, string | undefined> = {
      'metadata.name': metadata?.name,
      'metadata.namespace': metadata?.namespace,
      'metadata.uid': metadata?.uid,
      'spec.nodeName': spec?.nodeName,
      'spec.serviceAccountName': spec?.serviceAccountName,
    };
    const value = fields[path];
    if (value === undefined) throw new UnsupportedPodError(`The field ${path} is not known before the pod runs.`);
    return value;
  }

  async volumes(container: V1Container): Promise<{ volumes: Pod['volumes']; mounts: Pod['container']['mounts'] }> {
    const volumes = new Map<string, Pod['volumes'][number]>();
    for (const volume of this.#pod.spec!.volumes ?? []) {
      const resolved = await this.#volume(volume);
      if (resolved) volumes.set(volume.name, resolved);
    }
    const mounts = (container.volumeMounts ?? [])
      .filter(({ name }) => volumes.has(name))
      .map(({ name, mountPath, readOnly, subPath }) => {
        const files = volumes.get(name)!.kind === 'files';
        if (subPath && !files) throw new UnsupportedPodError('A sub-path is only kept of ConfigMaps and Secrets.');
        return { volume: name, path: mountPath, readOnly: files || (readOnly ?? false), ...(subPath && { subPath }) };
      });
    return { volumes: [...volumes.values()], mounts };
  }

  async #volume(volume: V1Volume): Promise<Pod['volumes'][number] | undefined> {
    const { name, emptyDir, configMap, secret, projected } = volume;
    if (emptyDir) {
      if (emptyDir.medium !== 'Memory') return { kind: 'empty', name };
      const memoryBytes = Math.trunc(quantity(emptyDir.sizeLimit ?? '64Mi'));
      return { kind: 'empty', name, memoryBytes };
    }
    // The API server adds the service account's token to pods that do not refuse it; a worker never gets it.
    if (projected && name.startsWith('kube-api-access-')) return undefined;
    const source = configMap
      ? ({ kind: 'ConfigMap', name: configMap.name ?? '', ...configMap } as const)
      : secret && ({ kind: 'Secret', name: secret.secretName ?? '', ...secret } as const);
    if (!source) throw new UnsupportedPodError(`A community worker does not keep the volume ${name}.`);
    const values = (await this.#config(source.kind, source.name, source.optional)) ?? new Map<string, Buffer>();
    const items = source.items ?? [...values.keys()].map((key) => ({ key, path: key, mode: undefined }));
    const files = items.flatMap(({ key, path, mode }) => {
      const value = values.get(key);
      if (!value && !source.optional) throw new MissingConfigError(`There is no key ${key} in ${source.name}.`);
      return value ? [{ path, base64: value.toString('base64'), mode: mode ?? source.defaultMode ?? 0o644 }] : [];
    });
    return { kind: 'files', name, files };
  }

  async #config(
    kind: 'ConfigMap' | 'Secret',
    name: string,
    optional?: boolean,
  ): Promise<Map<string, Buffer> | undefined> {
    const values = await this.#read(kind, this.#pod.metadata!.namespace!, name);
    if (!values && !optional) throw new MissingConfigError(`There is no ${kind} ${name}.`);
    return values;
  }
}

/** Kubernetes' `$(NAME)`: a known variable's value; `$$(NAME)` and unknown names stay as written. */
function expand(text: string, env: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]+)\)/g, (written, name?: string) =>
    name === undefined ? '$' : (env.get(name) ?? written),
  );
}

const exponents: Record<string, number> = {
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity as Kubernetes writes it, in whole or decimal units. @throws UnsupportedPodError for a form that is not known */
function quantity(written: string): number {
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?)(m|k|M|G|T|Ki|Mi|Gi|Ti)?$/.exec(written) ?? [];
  if (digits === undefined) throw new UnsupportedPodError(`The quantity ${written} is not understood.`);
  return suffix === 'm' ? Number(digits) / 1000 : Number(digits) * (exponents[suffix] ?? 1);
}
