/**
 * What the containers of this worker use, read from the kernel's own files: a container costs four small reads, and no
 * engine is asked. `nvidia-smi` runs only while a container holds one of its devices.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CommandError, runCommand } from './command.ts';
import type { Container } from './engine.ts';
import type { Gpu, PodUsage } from './protocol.ts';

/** A driver that hangs must not hold up the heartbeat that this rides on. */
const gpuTimeoutMs = 3_000;
const columns = ['uuid', 'utilization.gpu', 'memory.used'];

/**
 * The usage of every container that runs; one that ends meanwhile is left out.
 *
 * @param gpus the machine's devices by what the engine calls them
 * @param root of the file system, for tests
 */
export async function gatherUsage(
  containers: readonly Container[],
  gpus: ReadonlyMap<string, Gpu>,
  root = '/',
): Promise<PodUsage[]> {
  const running = containers.filter(({ state, pid }) => state === 'running' && pid > 0);
  const devices = running.some(({ gpus: held }) => held.length > 0) ? await gatherGpuUsage() : new Map();
  const read = await Promise.all(
    running.map(async (container): Promise<PodUsage | undefined> => {
      const measured = await readContainer(container, root).catch(() => undefined);
      const held = container.gpus.flatMap((handle) => devices.get(gpus.get(handle)?.uuid ?? '') ?? []);
      return measured && { uid: container.podUid, ...measured, gpus: held };
    }),
  );
  return read.filter((usage) => usage !== undefined);
}

async function readContainer({ id, pid }: Container, root: string): Promise<Omit<PodUsage, 'uid' | 'gpus'>> {
  const file = (...path: string[]) => readFile(join(root, ...path), 'utf8');
  const groups = parseCgroups(await file('proc', String(pid), 'cgroup'));
  // The process may have ended, and its number be another's.
  if (!groups?.path.includes(id)) throw new Error('The process is not of the container.');
  const network = await file('proc', String(pid), 'net/dev').then(parseNetwork, () => undefined);
  const { receivedBytes = null, sentBytes = null } = network ?? {};
  if (groups.version === 1) {
    const [cpu, memory, stat] = await Promise.all([
      file('sys/fs/cgroup/cpuacct', groups.path, 'cpuacct.usage'),
      file('sys/fs/cgroup/memory', groups.memoryPath, 'memory.usage_in_bytes'),
      file('sys/fs/cgroup/memory', groups.memoryPath, 'memory.stat'),
    ]);
    const memoryBytes = workingSet(Number(memory), field(stat, 'total_inactive_file'));
    return { cpuSeconds: Number(cpu) / 1e9, memoryBytes, receivedBytes, sentBytes };
  }
  const [cpu, memory, stat] = await Promise.all(
    ['cpu.stat', 'memory.current', 'memory.stat'].map((name) => file('sys/fs/cgroup', groups.path, name)),
  );
  const memoryBytes = workingSet(Number(memory), field(stat!, 'inactive_file'));
  return { cpuSeconds: field(cpu!, 'usage_usec') / 1e6, memoryBytes, receivedBytes, sentBytes };
}

/** As the kubelet counts it: without the page cache that the kernel would give up first. */
function workingSet(bytes: number, inactiveFileBytes: number): number {
  return Math.max(0, bytes - inactiveFileBytes);
}

/** The number after a name, one a line; 0 where there is none. */
function field(text: string, name: string): number {
  return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1] ?? 0);
}

type Cgroups = { version: 1; path: string; memoryPath: string } | { version: 2; path: string };

/** Where a process is accounted, from its `/proc/…/cgroup`. A hybrid tree accounts by version 1, and has an empty second. */
export function parseCgroups(text: string): Cgroups | undefined {
  const paths = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    for (const controller of controllers?.split(',') ?? []) paths.set(controller, path!);
  }
  const [cpu, memory, unified] = ['cpuacct', 'memory', ''].map((controller) => paths.get(controller));
  if (cpu !== undefined && memory !== undefined) return { version: 1, path: cpu, memoryPath: memory };
  return unified === undefined ? undefined : { version: 2, path: unified };
}

/** Bytes over every interface but the loopback's, from a `/proc/…/net/dev`. */
export function parseNetwork(text: string): { receivedBytes: number; sentBytes: number } {
  const sum = { receivedBytes: 0, sentBytes: 0 };
  for (const line of text.split('\n')) {
    const [, name, counters] = /^\s*([^:\s]+):\s*(.+)$/.exec(line) ?? [];
    const numbers = counters?.trim().split(/\s+/).map(Number) ?? [];
    if (name === 'lo' || numbers.length < 16) continue;
    sum.receivedBytes += numbers[0]!;
    sum.sentBytes += numbers[8]!;
  }
  return sum;
}

/** By the driver's UUID; none when there is no driver or it does not answer in time. */
async function gatherGpuUsage(): Promise<Map<string, PodUsage['gpus'][number]>> {
  try {
    const args = [`--query-gpu=${columns.join(',')}`, '--format=csv,noheader,nounits'];
    return parseGpuUsage(await runCommand('nvidia-smi', args, { timeoutMs: gpuTimeoutMs }));
  } catch (error) {
    if (error instanceof CommandError) return new Map();
    throw error;
  }
}

/**
 * What each GPU does, from `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`: utilisation in hundredths, memory in MiB.
 *
 * What a driver cannot tell (`[N/A]`, as of the utilisation of a GPU in MIG mode) is null; lines of another form are left out.
 */
export function parseGpuUsage(csv: string): Map<string, PodUsage['gpus'][number]> {
  const usage = new Map<string, PodUsage['gpus'][number]>();
  for (const line of csv.split('\n')) {
    const [, uuid, busy, memory] = /^(GPU-[\w-]+), (\d{1,3}|\[[^\]]+\]), (\d+|\[[^\]]+\])$/.exec(line.trim()) ?? [];
    if (uuid === undefined) continue;
    const utilisation = Number(busy) / 100;
    const memoryBytes = Number(memory) * 2 ** 20;
    usage.set(uuid, {
      uuid,
      utilisation: utilisation <= 1 ? utilisation : null,
      memoryBytes: Number.isNaN(memoryBytes) ? null : memoryBytes,
    });
  }
  return usage;
}
