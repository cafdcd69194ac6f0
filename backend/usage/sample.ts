/** A sample of what a worker uses: its shape, how it lies in Redis, and how many samples become fewer. */
import { secondMs } from '@muster/common';
import { z } from 'zod';

/** An orchestrator measures its pool's workers so often. */
export const sampleEveryMs = 15 * secondMs;

/** What one worker of a cluster, by its rank, used since the measurement before. */
export interface Measured {
  rank: number;
  /** Cores in use, on average. */
  cpuCores: number;
  memoryBytes: number;
  /** 0 to 1 over all its devices; null where none can be read. */
  gpuUtilisation: number | null;
  gpuMemoryBytes: number | null;
  receivedBytesPerSecond: number | null;
  sentBytesPerSecond: number | null;
}

export interface Sample extends Measured {
  at: Date;
}

export interface Usage {
  /** How far apart the samples are. */
  intervalSeconds: number;
  /** Oldest first. */
  samples: Sample[];
}

const amount = z.number().min(0);
/** A cluster of a thousand workers has 1.4 million samples in six hours: without names they are a third of the size. */
const written = z.array(
  z.tuple([
    z.int().min(0),
    amount,
    amount,
    amount.max(1).nullable(),
    amount.nullable(),
    amount.nullable(),
    amount.nullable(),
  ]),
);

export function encodeMeasured(measured: readonly Measured[]): string {
  return JSON.stringify(
    measured.map((each) => [
      each.rank,
      rounded(each.cpuCores, 1_000),
      rounded(each.memoryBytes),
      rounded(each.gpuUtilisation, 1_000),
      rounded(each.gpuMemoryBytes),
      rounded(each.receivedBytesPerSecond),
      rounded(each.sentBytesPerSecond),
    ]),
  );
}

/** @throws ZodError or SyntaxError when it is not what `encodeMeasured` writes */
export function decodeMeasured(text: string): Measured[] {
  return written
    .parse(JSON.parse(text))
    .map(
      ([rank, cpuCores, memoryBytes, gpuUtilisation, gpuMemoryBytes, receivedBytesPerSecond, sentBytesPerSecond]) => ({
        rank,
        cpuCores,
        memoryBytes,
        gpuUtilisation,
        gpuMemoryBytes,
        receivedBytesPerSecond,
        sentBytesPerSecond,
      }),
    );
}

function rounded(value: number | null, parts = 1): number | null {
  return value === null ? null : Math.round(value * parts) / parts;
}

/** One sample for several of a rank: the mean of each measure where it was read, at the time of the last. */
export function meanOf(samples: readonly [Sample, ...Sample[]]): Sample {
  const mean = (measure: (sample: Sample) => number | null) => {
    const read = samples.map(measure).filter((value) => value !== null);
    return read.length === 0 ? null : read.reduce((sum, value) => sum + value, 0) / read.length;
  };
  const { at, rank } = samples.at(-1)!;
  return {
    at,
    rank,
    cpuCores: mean(({ cpuCores }) => cpuCores)!,
    memoryBytes: mean(({ memoryBytes }) => memoryBytes)!,
    gpuUtilisation: mean(({ gpuUtilisation }) => gpuUtilisation),
    gpuMemoryBytes: mean(({ gpuMemoryBytes }) => gpuMemoryBytes),
    receivedBytesPerSecond: mean(({ receivedBytesPerSecond }) => receivedBytesPerSecond),
    sentBytesPerSecond: mean(({ sentBytesPerSecond }) => sentBytesPerSecond),
  };
}
