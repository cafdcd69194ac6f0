/**
 * The container engine of the machine, through the command line of Podman or Docker: the two differ in a handful of
 * arguments, which stand here together.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { CommandError, runCommand } from './command.ts';
import type { Pod } from './protocol.ts';

/** An engine and what this machine asks of it. */
export interface EngineInfo {
  name: 'podman' | 'docker';
  version: string;
  /** `v1` or `v2`, with who keeps them: `v2/systemd`. */
  cgroups: string;
  /** Arguments before every command. */
  globalArgs: string[];
  /** Arguments of every container. */
  containerArgs: string[];
}

/** A container of this worker as the engine knows it. */
export interface Container {
  id: string;
  podUid: string;
  /** 0 for the first try of the pod's container, then 1, 2, … */
  attempt: number;
  state: 'created' | 'running' | 'exited';
  /** Of its first process on this machine; 0 when there is none. */
  pid: number;
  exitCode: number;
  oomKilled: boolean;
  startedAt: Date | undefined;
  finishedAt: Date | undefined;
  ip: string | undefined;
  imageId: string;
  /** Which of the machine's GPUs it holds. */
  gpus: string[];
}

/** Whose containers these are; they carry it as labels, so that they outlive the agent and are found again. */
export interface Owner {
  workerId: string;
  /** The stack on this machine that started the agent, when one did: `./muster down` cleans by it. */
  stack?: string;
}

export interface ContainerRequest {
  pod: Pod;
  attempt: number;
  /** The GPUs to hand in, as the engine calls them. */
  gpus: string[];
  /** Host folder of each of the pod's volumes. */
  volumes: Map<string, string>;
}

export interface LogOptions {
  follow: boolean;
  timestamps: boolean;
  tailLines?: number;
  since?: string;
}

/** No pod of a customer needs more, and a fork bomb ends here. */
const pidsLimit = 4096;
const logBytes = 50 * 1024 * 1024;

export class Engine {
  readonly info: EngineInfo;
  readonly owner: Owner;

  constructor(info: EngineInfo, owner: Owner) {
    this.info = info;
    this.owner = owner;
  }

  /** Every container of this worker, running or not. */
  async list(): Promise<Container[]> {
    const ids = await this.#run([
      'ps',
      '--all',
      '--no-trunc',
      '--quiet',
      '--filter',
      `label=muster.worker=${this.owner.workerId}`,
    ]);
    return this.#inspect(ids.split('\n').filter(Boolean));
  }

  /** Makes a container for a pod, and the network of the pod's namespace when it is not there. Returns its id. */
  async create(request: ContainerRequest): Promise<string> {
    const args = createArgs(this.info, this.owner, request);
    for (let tries = 0; ; tries++) {
      await this.#ensureNetwork(request.pod.namespace);
      try {
        return (await this.#run(args)).trim();
      } catch (error) {
        // The last pod of the namespace may have taken the network away in between.
        if (tries > 0 || !(error instanceof CommandError && /network/i.test(error.message))) throw error;
      }
    }
  }

  /** @throws CommandError when its program cannot be executed */
  async start(id: string): Promise<void> {
    await this.#run(['start', id]);
  }

  /** SIGTERM, then SIGKILL after the grace. A container that is gone is stopped. */
  async stop(id: string, graceSeconds: number): Promise<void> {
    await this.#run(['stop', '--time', String(graceSeconds), id], (graceSeconds + 60) * 1000).catch(unlessGone);
  }

  async remove(id: string): Promise<void> {
    // Docker kills at once; Podman would give ten seconds first.
    const atOnce = this.info.name === 'podman' ? ['--time', '0'] : [];
    await this.#run(['rm', '--force', ...atOnce, '--volumes', id]).catch(unlessGone);
  }

  /** Removes the namespace's network unless a container, of this worker or another on this machine, is still in it. */
  async removeNetwork(namespace: string): Promise<void> {
    await this.#run(['network', 'rm', networkName(namespace)]).catch((error) => {
      if (!(error instanceof CommandError)) throw error;
    });
  }

  /** The image's id and the user it runs as, or undefined when it is not on this machine. */
  async image(name: string): Promise<{ id: string; user: string } | undefined> {
    try {
      const json = JSON.parse(await this.#run(['image', 'inspect', name]));
      const [image] = imagesSchema.parse(json);
      return image && { id: image.Id, user: image.Config?.User || image.User || '' };
    } catch (error) {
      if (error instanceof CommandError) return undefined;
      throw error;
    }
  }

  /** Downloads an image, telling each line of the engine's progress. @throws CommandError with the registry's reason */
  async pull(name: string, onProgress: (line: string) => void, signal: AbortSignal): Promise<void> {
    const child = this.#spawn(['pull', name], ['ignore', 'pipe', 'pipe'], signal);
    let last = '';
    for (const stream of [child.stdout!, child.stderr!]) {
      createInterface(stream).on('line', (line) => {
        if (!line.trim()) return;
        last = line.trim();
        onProgress(last);
      });
    }
    const code = await ended(child);
    if (code !== 0) throw new CommandError('pull', code, last);
  }

  /** Runs `logs`; the caller reads its stdout and stderr and kills it when it wants no more. */
  logs(id: string, options: LogOptions): ChildProcess {
    const args = ['logs'];
    if (options.follow) args.push('--follow');
    if (options.timestamps) args.push('--timestamps');
    if (options.tailLines !== undefined) args.push('--tail', String(options.tailLines));
    if (options.since) args.push('--since', options.since);
    return this.#spawn([...args, id], ['ignore', 'pipe', 'pipe']);
  }

  /**
   * Runs a command inside a container. With `tty` it gets a terminal of its own from util-linux `script`, because the
   * engines give one only to a caller who has one; its name is the first line of stdout: from then on it takes input, and `stty` can resize it.
   */
  exec(id: string, command: string[], options: { stdin: boolean; tty: boolean }): ChildProcess {
    const args = [
      'exec',
      ...(options.stdin ? ['--interactive'] : []),
      ...(options.tty ? ['--tty'] : []),
      id,
      ...command,
    ];
    if (!options.tty) return this.#spawn(args, [options.stdin ? 'pipe' : 'ignore', 'pipe', 'pipe']);
    const line = ['exec', this.info.name, ...this.info.globalArgs, ...args].map(quote).join(' ');
    return spawn(
      'script',
      ['--quiet', '--return', '--flush', '--command', `stty raw -echo; tty; ${line}`, '/dev/null'],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' },
      },
    );
  }

  /** Calls back whenever a container of this worker starts or ends, until the returned function is called. */
  watch(onChange: () => void): () => void {
    let stopped = false;
    let child: ChildProcess | undefined;
    const follow = () => {
      if (stopped) return;
      const filter = ['--filter', `label=muster.worker=${this.owner.workerId}`];
      const format = this.info.name === 'podman' ? 'json' : '{{json .}}';
      child = this.#spawn(['events', ...filter, '--format', format], ['ignore', 'pipe', 'ignore']);
      createInterface(child.stdout!).on('line', onChange);
      // The watch is only a nudge: a pass every few seconds finds what it missed while it was away.
      child.once('error', () => {}).once('close', () => setTimeout(follow, 2_000).unref());
    };
    follow();
    return () => {
      stopped = true;
      child?.kill();
    };
  }

  async #ensureNetwork(namespace: string): Promise<void> {
    const name = networkName(namespace);
    const exists = () =>
      this.#run(['network', 'inspect', name]).then(
        () => true,
        () => false,
      );
    if (await exists()) return;
    // Podman routes between its networks unless told otherwise; Docker never does.
    const isolate = this.info.name === 'podman' ? ['--opt', 'isolate=true'] : [];
    const labels = [
      '--label',
      'muster.network=true',
      ...(this.owner.stack ? ['--label', `muster.stack=${this.owner.stack}`] : []),
    ];
    await this.#run(['network', 'create', ...isolate, ...labels, name]).catch(async (error) => {
      // Another agent on this machine may have been faster.
      if (!(await exists())) throw error;
    });
  }

  async #inspect(ids: string[]): Promise<Container[]> {
    if (ids.length === 0) return [];
    const output = await this.#run(['container', 'inspect', ...ids]).catch(async (error) => {
      // One of them went away between the two commands: those that are left are asked for one by one.
      if (!(error instanceof CommandError)) throw error;
      const each = await Promise.all(ids.map((id) => this.#run(['container', 'inspect', id]).catch(() => '[]')));
      return JSON.stringify(each.flatMap((json) => JSON.parse(json)));
    });
    return parseContainers(output);
  }

  #run(args: string[], timeoutMs?: number): Promise<string> {
    return runCommand(this.info.name, [...this.info.globalArgs, ...args], { ...(timeoutMs && { timeoutMs }) });
  }

  #spawn(args: string[], stdio: ('ignore' | 'pipe')[], signal?: AbortSignal): ChildProcess {
    return spawn(this.info.name, [...this.info.globalArgs, ...args], { stdio, ...(signal && { signal }) });
  }
}

/** Arguments of `create` for a pod's container. */
export function createArgs(info: EngineInfo, owner: Owner, request: ContainerRequest): string[] {
  const { pod, attempt } = request;
  const { container } = pod;
  const args = ['create', '--name', `muster-${pod.uid}-${attempt}`];
  const labels = {
    'muster.worker': owner.workerId,
    'muster.pod.uid': pod.uid,
    'muster.attempt': String(attempt),
    ...(request.gpus.length > 0 && { 'muster.gpus': request.gpus.join(',') }),
    ...(owner.stack && { 'muster.stack': owner.stack }),
  };
  for (const [name, value] of Object.entries(labels)) args.push('--label', `${name}=${value}`);

  args.push('--network', networkName(pod.namespace), '--hostname', pod.name.slice(0, 63));
  args.push('--cap-drop=all', '--security-opt', 'no-new-privileges', '--pids-limit', String(pidsLimit));
  args.push(...info.containerArgs);
  const logDriver = info.name === 'podman' ? 'k8s-file' : 'json-file';
  args.push('--log-driver', logDriver, '--log-opt', `max-size=${logBytes}`);
  if (container.cpuMillis) args.push('--cpus', String(container.cpuMillis / 1000));
  // Swap equal to memory is no swap: a limit is what the customer pays for.
  if (container.memoryBytes)
    args.push('--memory', `${container.memoryBytes}b`, '--memory-swap', `${container.memoryBytes}b`);
  if (container.user) args.push('--user', container.user);
  if (container.readOnlyRoot) args.push('--read-only');
  if (container.tty) args.push('--tty');
  if (container.workingDir) args.push('--workdir', container.workingDir);
  args.push(...gpuArgs(info, request.gpus));
  for (const { name, value } of container.env) args.push('--env', `${name}=${value}`);
  for (const mount of container.mounts) args.push('--mount', mountArg(request, mount));

  // `command` replaces the entrypoint and `args` its arguments, as in a Kubernetes pod.
  const [entrypoint, ...rest] = container.command ?? [];
  if (entrypoint !== undefined)
    args.push('--entrypoint', info.name === 'podman' ? JSON.stringify([entrypoint]) : entrypoint);
  args.push('--pull=never', container.image, ...rest, ...(container.args ?? []));
  return args;
}

function gpuArgs(info: EngineInfo, gpus: string[]): string[] {
  if (gpus.length === 0) return [];
  if (info.name === 'docker') return ['--gpus', `"device=${gpus.join(',')}"`];
  return gpus.flatMap((gpu) => ['--device', `nvidia.com/gpu=${gpu}`]);
}

function mountArg(request: ContainerRequest, mount: Pod['container']['mounts'][number]): string {
  const volume = request.pod.volumes.find(({ name }) => name === mount.volume);
  if (volume?.kind === 'empty' && volume.memoryBytes !== undefined) {
    return `type=tmpfs,destination=${mount.path},tmpfs-size=${volume.memoryBytes},tmpfs-mode=1777`;
  }
  const source = [request.volumes.get(mount.volume), mount.subPath].filter(Boolean).join('/');
  return `type=bind,source=${source},destination=${mount.path}${mount.readOnly ? ',readonly' : ''}`;
}

/** One network per namespace: the pods of a cluster reach each other, and nobody else's do. */
export function networkName(namespace: string): string {
  return `muster-${namespace}`;
}

const imagesSchema = z.array(
  z.object({
    Id: z.string(),
    User: z.string().optional(),
    Config: z.object({ User: z.string().optional() }).nullish(),
  }),
);

const containersSchema = z.array(
  z.object({
    Id: z.string(),
    Image: z.string(),
    State: z.object({
      Status: z.string(),
      Pid: z.int().default(0),
      ExitCode: z.number(),
      OOMKilled: z.boolean().optional(),
      StartedAt: z.string(),
      FinishedAt: z.string(),
    }),
    NetworkSettings: z.object({
      IPAddress: z.string().optional(),
      Networks: z.record(z.string(), z.object({ IPAddress: z.string().optional() })).nullish(),
    }),
    Config: z.object({ Labels: z.record(z.string(), z.string()).nullish() }),
  }),
);

/** Containers from what `container inspect` of either engine prints; those without Muster's labels are left out. */
export function parseContainers(json: string): Container[] {
  return containersSchema.parse(JSON.parse(json)).flatMap((item): Container[] => {
    const labels = item.Config.Labels ?? {};
    const podUid = labels['muster.pod.uid'];
    if (!podUid) return [];
    const networks = Object.values(item.NetworkSettings.Networks ?? {});
    const startedAt = instantOf(item.State.StartedAt);
    return [
      {
        id: item.Id,
        podUid,
        attempt: Number(labels['muster.attempt'] ?? 0),
        state: stateOf(item.State.Status, startedAt),
        pid: item.State.Pid,
        exitCode: item.State.ExitCode,
        oomKilled: item.State.OOMKilled ?? false,
        startedAt,
        finishedAt: instantOf(item.State.FinishedAt),
        ip: networks.map(({ IPAddress }) => IPAddress).find(Boolean) ?? (item.NetworkSettings.IPAddress || undefined),
        imageId: item.Image,
        gpus: labels['muster.gpus']?.split(',') ?? [],
      },
    ];
  });
}

function stateOf(status: string, startedAt: Date | undefined): Container['state'] {
  if (['running', 'paused', 'stopping', 'restarting'].includes(status)) return 'running';
  return startedAt ? 'exited' : 'created';
}

/** Both engines write the year 1 for "never". */
function instantOf(value: string): Date | undefined {
  const instant = new Date(value);
  return instant.getTime() > 0 ? instant : undefined;
}

/**
 * The engine of this machine: the one named, else Podman, else Docker.
 *
 * @throws Error saying what to install when none answers
 */
export async function detectEngine(name?: 'podman' | 'docker'): Promise<EngineInfo> {
  for (const candidate of name ? [name] : (['podman', 'docker'] as const)) {
    const format = candidate === 'podman' ? 'json' : '{{json .}}';
    const output = await runCommand(candidate, ['info', '--format', format]).catch(() => undefined);
    const info = output && (await adapt(candidate, output));
    if (info) return info;
  }
  throw new Error(
    `No container engine answers. Install one: \`apt-get install -y podman runc\`${name === 'docker' ? ', or start Docker.' : '.'}`,
  );
}

const podmanInfoSchema = z.object({
  host: z.object({
    cgroupManager: z.string(),
    cgroupVersion: z.string(),
    ociRuntime: z.object({ name: z.string() }),
  }),
  version: z.object({ Version: z.string() }),
});
const dockerInfoSchema = z.object({
  ServerVersion: z.string().min(1),
  CgroupDriver: z.string(),
  CgroupVersion: z.string().default('1'),
});

async function adapt(name: 'podman' | 'docker', output: string): Promise<EngineInfo | undefined> {
  if (name === 'docker') {
    const info = dockerInfoSchema.safeParse(JSON.parse(output)).data;
    const cgroups = info && `v${info.CgroupVersion}/${info.CgroupDriver}`;
    return info && { name, version: info.ServerVersion, cgroups: cgroups!, globalArgs: [], containerArgs: [] };
  }
  const systemd = await readFile('/proc/1/comm', 'utf8').then(
    (comm) => comm.trim() === 'systemd',
    () => false,
  );
  let reason = '';
  for (const candidate of podmanCandidates(podmanInfoSchema.parse(JSON.parse(output)), systemd)) {
    reason = await probePodman(candidate);
    if (reason === '') return candidate;
  }
  throw new Error(`Podman is here but cannot start a container: ${reason}`);
}

/**
 * What Podman may need on a machine like this, least change first: without systemd as its first process cgroups are kept
 * by files; on a v1 or hybrid tree crun fails and runc works; and where a sandbox caps limits below Podman's defaults
 * (1 048 576 files, 4 194 304 processes) a container must ask for less. `/proc` does not always show such a cap.
 */
export function podmanCandidates(info: z.infer<typeof podmanInfoSchema>, systemd: boolean): EngineInfo[] {
  const { cgroupVersion, cgroupManager, ociRuntime } = info.host;
  const manager = systemd ? cgroupManager : 'cgroupfs';
  const globalArgs = [
    ...(cgroupVersion === 'v1' && ociRuntime.name !== 'runc' ? ['--runtime', 'runc'] : []),
    ...(manager !== cgroupManager ? [`--cgroup-manager=${manager}`] : []),
  ];
  const capped = (files: number, processes: number) => [
    ...['--ulimit', `nofile=${files}:${files}`],
    ...['--ulimit', `nproc=${processes}:${processes}`],
  ];
  return [[], capped(16_384, 32_768), capped(1024, 1024)].map((containerArgs) => ({
    name: 'podman',
    version: info.version.Version,
    cgroups: `${cgroupVersion}/${manager}`,
    globalArgs,
    containerArgs,
  }));
}

/** Starts a container that has no program: everything is set up up to the point where there is nothing to execute. */
async function probePodman({ globalArgs, containerArgs }: EngineInfo): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'muster-probe-'));
  const args = ['run', '--rm', '--network=none', '--pull=never', ...containerArgs, '--rootfs', root, '/nothing'];
  try {
    await runCommand('podman', [...globalArgs, ...args]);
    return '';
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return /no such file|not found/i.test(error.message) ? '' : error.message;
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function unlessGone(error: unknown): void {
  if (!(error instanceof CommandError && /no such (container|object)|no container with/i.test(error.message)))
    throw error;
}

function quote(argument: string): string {
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}

function ended(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve(code ?? 137));
  });
}
