/** What a worker must have to be hired, and what to tell its owner when it misses something: a pure function of what is known. */
import type { ReadinessStep } from '@muster/common';
import { z } from 'zod';

/** The least that a worker must have. An operator may ask for less (or more) than the product does. */
export interface WorkerRules {
  memoryGb: number;
  diskGb: number;
  downMbps: number;
  upMbps: number;
  /** The least CUDA version of a worker with NVIDIA devices: `major.minor`. */
  cuda: string;
}

/** The product's own minimums (product.md, "Rules with numbers"). */
export const productRules: WorkerRules = { memoryGb: 12, diskGb: 256, downMbps: 100, upMbps: 75, cuda: '11.8' };

const minimum = (least: number) => z.coerce.number().min(0).default(least);

/** Settings of every process that assesses workers: give them to `workerRulesOf`, and that to the context. */
export const workerRulesConfig = {
  MUSTER_WORKER_MIN_MEMORY_GB: minimum(productRules.memoryGb),
  MUSTER_WORKER_MIN_DISK_GB: minimum(productRules.diskGb),
  MUSTER_WORKER_MIN_DOWN_MBPS: minimum(productRules.downMbps),
  MUSTER_WORKER_MIN_UP_MBPS: minimum(productRules.upMbps),
  MUSTER_WORKER_MIN_CUDA: z
    .string()
    .regex(/^\d+\.\d+$/)
    .default(productRules.cuda),
};

export function workerRulesOf(config: z.output<z.ZodObject<typeof workerRulesConfig>>): WorkerRules {
  return {
    memoryGb: config.MUSTER_WORKER_MIN_MEMORY_GB,
    diskGb: config.MUSTER_WORKER_MIN_DISK_GB,
    downMbps: config.MUSTER_WORKER_MIN_DOWN_MBPS,
    upMbps: config.MUSTER_WORKER_MIN_UP_MBPS,
    cuda: config.MUSTER_WORKER_MIN_CUDA,
  };
}

/** What is known of a worker when it is assessed. */
export interface Assessed {
  memoryBytes: number | undefined;
  diskBytes: number | undefined;
  cudaVersion: string | undefined;
  /** What the devices call themselves, as reported. */
  deviceNames: string[];
  /** The one catalogue model that all devices are; null when there is none. */
  modelId: string | null;
  /** Whether the model is NVIDIA's, so that CUDA is needed. */
  nvidia: boolean;
  downMbps: number | null;
  upMbps: number | null;
  connected: boolean;
  paused: boolean;
  draining: boolean;
  blocked: boolean;
  /** A live lease holds devices of it. */
  hired: boolean;
}

/** A rule of the next step that is not met: what is asked, what there is, why it is asked, and what to do. */
export interface Rule {
  check: string;
  required: string;
  actual: string;
  why: string;
  fix: string;
}

export interface Assessment {
  /** The step reached. */
  step: ReadinessStep;
  /** The step that comes next; null at the top of the ladder. */
  nextStep: ReadinessStep | null;
  /** What keeps it from the next step; empty only at the top. */
  rules: Rule[];
}

/**
 * Where a worker stands on the readiness ladder, and what keeps it from the next step.
 *
 * `verified` asks for the hardware and the measured connection, `cluster-ready` for a worker that is reachable and that
 * nobody holds back, `hired` for a customer. A hired worker stays hired until its lease ends, whatever happens to it.
 */
export function assess(known: Assessed, rules: WorkerRules = productRules): Assessment {
  if (known.hired) return { step: 'hired', nextStep: null, rules: [] };
  const hardware = hardwareRules(known, rules);
  if (hardware.length > 0) return { step: 'registered', nextStep: 'verified', rules: hardware };
  const availability = availabilityRules(known);
  if (availability.length > 0) return { step: 'verified', nextStep: 'cluster-ready', rules: availability };
  return { step: 'cluster-ready', nextStep: 'hired', rules: [demand] };
}

const demand: Rule = {
  check: 'demand',
  required: 'a cluster that takes it',
  actual: 'no cluster holds it now',
  why: 'Customers choose by model, country, connectivity, compliance and price.',
  fix: 'Compare your floor price with what the market pays, and ask the operator for the attestations that customers filter by.',
};

function hardwareRules(known: Assessed, rules: WorkerRules): Rule[] {
  const broken: (Rule | undefined)[] = [
    atLeast('memory', toGb(known.memoryBytes), rules.memoryGb, 'GB RAM', {
      why: 'Containers need memory beside that of the device.',
      fix: 'Add memory, or give the virtual machine more.',
    }),
    atLeast('disk', toGb(known.diskBytes), rules.diskGb, 'GB SSD', {
      why: 'Images and data sets are kept on the worker while a cluster runs.',
      fix: "Put the agent's data folder on a larger disk.",
    }),
    modelRule(known),
    cudaRule(known, rules),
    atLeast('download', known.downMbps ?? undefined, rules.downMbps, 'Mb/s down', {
      why: 'Images and data must arrive in reasonable time. The platform measures this; it cannot be declared.',
      fix: 'Use a wired connection, stop other transfers, and reconnect the agent: it is measured again at every connect.',
    }),
    atLeast('upload', known.upMbps ?? undefined, rules.upMbps, 'Mb/s up', {
      why: 'Results and logs must leave the worker. The platform measures this; it cannot be declared.',
      fix: 'Use a connection with more upload, and reconnect the agent: it is measured again at every connect.',
    }),
  ];
  return broken.filter((rule) => rule !== undefined);
}

function modelRule({ modelId, deviceNames }: Assessed): Rule | undefined {
  if (modelId !== null) return undefined;
  const distinct = [...new Set(deviceNames)];
  if (distinct.length > 1) {
    return {
      check: 'model',
      required: 'devices of one model',
      actual: distinct.join(', '),
      why: 'A lease is of one model, so that its price and its speed are known.',
      fix: 'Hide the devices of the other models from the driver, or move them to a machine of their own.',
    };
  }
  return {
    check: 'model',
    required: 'a supported model',
    actual: distinct[0] ?? 'no device reported',
    why: 'Only models of the catalogue have a price and can be asked for.',
    fix:
      distinct.length === 0
        ? 'Install the driver, check that `nvidia-smi` lists the device, and start the agent again.'
        : 'See the supported models at /v1/models.',
  };
}

function cudaRule({ nvidia, cudaVersion }: Assessed, rules: WorkerRules): Rule | undefined {
  if (!nvidia || (cudaVersion !== undefined && compareVersions(cudaVersion, rules.cuda) >= 0)) return undefined;
  return {
    check: 'cuda',
    required: `CUDA ${rules.cuda} or newer`,
    actual: cudaVersion === undefined ? 'not reported' : `CUDA ${cudaVersion}`,
    why: "Customers' images are built for recent CUDA versions; an older driver cannot load them.",
    fix: 'Install a newer NVIDIA driver: its version decides which CUDA it supports.',
  };
}

function availabilityRules(known: Assessed): Rule[] {
  const rules: Rule[] = [];
  if (known.blocked) {
    rules.push({
      check: 'admission',
      required: 'admitted by the operator',
      actual: 'blocked',
      why: 'The operator has taken this worker out; its timeline says why.',
      fix: 'Write to the operator.',
    });
  }
  if (!known.connected) {
    rules.push({
      check: 'connection',
      required: 'a heartbeat every 10 s',
      actual: 'none for 40 s',
      why: 'Nothing can be started on a worker that does not answer.',
      fix: 'Check that the machine is on, that its network works, and that the agent or the kubelet runs.',
    });
  }
  if (known.draining) {
    rules.push({
      check: 'drain',
      required: 'not draining',
      actual: 'draining',
      why: 'It finishes what it runs and takes nothing new, as its owner asked.',
      fix: 'Resume it to let it be hired again.',
    });
  }
  if (known.paused) {
    rules.push({
      check: 'pause',
      required: 'not paused',
      actual: 'paused',
      why: 'It takes nothing new, as its owner asked.',
      fix: 'Resume it to let it be hired again.',
    });
  }
  return rules;
}

function atLeast(
  check: string,
  actual: number | undefined,
  required: number,
  unit: string,
  words: { why: string; fix: string },
): Rule | undefined {
  if (actual !== undefined && actual >= required) return undefined;
  const missing =
    actual === undefined ? 'not measured yet' : `${round(actual)} ${unit}, ${round(required - actual)} too few`;
  return { check, required: `${required} ${unit}`, actual: missing, ...words };
}

/** Gigabytes as sold: 10⁹ bytes. */
function toGb(bytes: number | undefined): number | undefined {
  return bytes === undefined ? undefined : bytes / 1e9;
}

/** One decimal, and never so that a miss looks like a hit: 11.98 of 12 is 0.1 too few, not 0. */
function round(value: number): string {
  return value < 0.1 && value > 0 ? '0.1' : String(Math.floor(value * 10) / 10);
}

function compareVersions(left: string, right: string): number {
  const [leftMajor = 0, leftMinor = 0] = left.split('.').map(Number);
  const [rightMajor = 0, rightMinor = 0] = right.split('.').map(Number);
  return leftMajor - rightMajor || leftMinor - rightMinor;
}
