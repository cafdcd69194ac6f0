/** What the machine is: gathered once at start, declared to the platform, checked there by proofs and measurement. */
import { readFile, statfs } from 'node:fs/promises';
import { availableParallelism, cpus, freemem, hostname, loadavg, machine, release, totalmem } from 'node:os';
import type { EngineInfo } from './engine.ts';
import { gatherGpus } from './gpus.ts';
import type { Facts } from './protocol.ts';

export const agentVersion = '0.1.0';

/** @param folder where containers' data will live: its file system is the disk that is offered */
export async function gatherFacts(engine: EngineInfo, folder: string): Promise<Facts> {
  const disk = await diskOf(folder);
  return {
    agentVersion,
    hostname: hostname(),
    os: await osName(),
    kernel: release(),
    architecture: machine(),
    cpuModel: cpus()[0]?.model.trim().replace(/\s+/g, ' ') || 'unknown',
    cpuCores: availableParallelism(),
    memoryBytes: totalmem(),
    ...disk,
    ...(await gatherGpus()),
    engine: { name: engine.name, version: engine.version, cgroups: engine.cgroups },
  };
}

/** What changes from heartbeat to heartbeat. */
export async function gatherLoad(folder: string) {
  const { diskFreeBytes } = await diskOf(folder);
  return { load: loadavg()[0]!, memoryFreeBytes: await memoryAvailable(), diskFreeBytes };
}

async function diskOf(folder: string): Promise<{ diskBytes: number; diskFreeBytes: number }> {
  const { blocks, bavail, bsize } = await statfs(folder);
  return { diskBytes: blocks * bsize, diskFreeBytes: bavail * bsize };
}

async function osName(): Promise<string> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^PRETTY_NAME="?([^"\n]+)"?$/m.exec(release)?.[1] ?? process.platform;
}

/** Memory that could be given out: page cache counts as free, which `os.freemem` leaves out. */
async function memoryAvailable(): Promise<number> {
  const info = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = /^MemAvailable:\s+(\d+) kB$/m.exec(info)?.[1];
  return kib ? Number(kib) * 1024 : freemem();
}
