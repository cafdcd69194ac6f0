/** The accelerators of the machine, read from what `nvidia-smi` prints. */
import { CommandError, runCommand } from './command.ts';
import type { Gpu } from './protocol.ts';

const columns = ['index', 'uuid', 'name', 'memory.total', 'driver_version', 'compute_cap', 'mig.mode.current'];

/** The machine's NVIDIA devices and CUDA version; none when there is no driver or it does not answer. */
export async function gatherGpus(): Promise<{ gpus: Gpu[]; cudaVersion?: string }> {
  try {
    const csv = await runCommand('nvidia-smi', [`--query-gpu=${columns.join(',')}`, '--format=csv,noheader,nounits']);
    const gpus = parseGpus(csv, await runCommand('nvidia-smi', ['-L']));
    const cudaVersion = parseCudaVersion(await runCommand('nvidia-smi', []));
    return { gpus, ...(cudaVersion && { cudaVersion }) };
  } catch (error) {
    if (error instanceof CommandError) return { gpus: [] };
    throw error;
  }
}

/**
 * Devices from `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` and `nvidia-smi -L`.
 *
 * A GPU in MIG mode is not a device itself: each of its slices is one, with the memory that its profile names
 * (`3g.20gb` has 20 GiB). Lines that do not have every column, such as an error in place of a lost GPU, are left out.
 */
export function parseGpus(csv: string, listing: string): Gpu[] {
  const slices = parseMigSlices(listing);
  return csv.split('\n').flatMap((line): Gpu[] => {
    const fields = line.split(',').map((field) => field.trim());
    const [index = '', uuid = '', name = '', memory = '', driverVersion = '', computeCap = '', mig = ''] = fields;
    if (fields.length !== columns.length || !/^\d+$/.test(index) || !/^\d+$/.test(memory)) return [];
    const gpu = {
      index: Number(index),
      uuid,
      name,
      memoryMib: Number(memory),
      driverVersion,
      ...(/^\d+\.\d+$/.test(computeCap) && { computeCapability: computeCap }),
    };
    if (mig !== 'Enabled') return [gpu];
    return (slices.get(uuid) ?? []).map((slice) => ({
      ...gpu,
      uuid: slice.uuid,
      migProfile: slice.profile,
      migIndex: slice.index,
      memoryMib: Number(/\.(\d+)gb/.exec(slice.profile)?.[1] ?? 0) * 1024,
    }));
  });
}

interface Slice {
  profile: string;
  index: number;
  uuid: string;
}

function parseMigSlices(listing: string): Map<string, Slice[]> {
  const slices = new Map<string, Slice[]>();
  let parent = '';
  for (const line of listing.split('\n')) {
    const gpu = /^GPU \d+: .*\(UUID: (GPU-[\w-]+)\)/.exec(line);
    if (gpu) parent = gpu[1]!;
    const slice = /^\s+MIG (\S+)\s+Device\s+(\d+): \(UUID: (MIG-[\w/-]+)\)/.exec(line);
    if (slice)
      slices.set(parent, [
        ...(slices.get(parent) ?? []),
        { profile: slice[1]!, index: Number(slice[2]), uuid: slice[3]! },
      ]);
  }
  return slices;
}

/** The newest CUDA that the driver supports, from the head of `nvidia-smi`'s table. */
export function parseCudaVersion(table: string): string | undefined {
  return /CUDA Version:\s*(\d+\.\d+)/.exec(table)?.[1];
}

/** What the engine calls a device: Docker takes the driver's UUID, Podman's CDI the index (`0`) or that of a slice (`0:1`). */
export function gpuHandle(engine: 'podman' | 'docker', gpu: Gpu): string {
  if (engine === 'docker') return gpu.uuid;
  return gpu.migIndex === undefined ? String(gpu.index) : `${gpu.index}:${gpu.migIndex}`;
}
