/**
 * The hardware that Muster supports, as its makers sell it. Memory is nominal, in MiB. Labels are the values of
 * `nvidia.com/gpu.product` (GPU Feature Discovery: the device's name with hyphens for spaces) and of
 * `amd.com/gpu.product-name` (AMD's node labeller). Opening prices are what such devices cost on the market, in micro-USD
 * per device and hour; operators change them in the price book.
 */

export interface Hardware {
  /** A slug such as `nvidia-h100-80gb-sxm`. */
  id: string;
  name: string;
  vendor: 'NVIDIA' | 'AMD' | 'Intel' | 'Apple';
  memoryMb: number;
  architecture: string;
  /** What joins devices of one worker beyond PCIe; null is nothing. */
  interconnect: string | null;
  /** The names under which drivers and node labels know it, hyphens for spaces; the first is the node label. */
  labels: string[];
  /** The extended resource of one device. */
  resourceName: string;
  openingPriceMicroUsdPerHour: bigint;
}

interface Family {
  vendor: Hardware['vendor'];
  architecture: string;
  resourceName: string;
}

const nvidia = (architecture: string): Family => ({ vendor: 'NVIDIA', architecture, resourceName: 'nvidia.com/gpu' });
const turing = nvidia('Turing');
const volta = nvidia('Volta');
const ampere = nvidia('Ampere');
const ada = nvidia('Ada Lovelace');
const hopper = nvidia('Hopper');
const blackwell = nvidia('Blackwell');
const amd = (architecture: string): Family => ({ vendor: 'AMD', architecture, resourceName: 'amd.com/gpu' });
const gaudi = (architecture: string): Family => ({ vendor: 'Intel', architecture, resourceName: 'habana.ai/gaudi' });
const apple = (architecture: string): Family => ({ vendor: 'Apple', architecture, resourceName: 'muster.io/device' });

/** One device: name, memory in GiB, US cents per hour, and what is not the rule. */
function device(
  family: Family,
  name: string,
  memoryGb: number,
  cents: number,
  more: { labels?: string[]; interconnect?: string } = {},
): Hardware {
  return {
    id: name.toLowerCase().replace(/[^a-z0-9.]+/g, '-'),
    name,
    ...family,
    memoryMb: memoryGb * 1024,
    interconnect: more.interconnect ?? null,
    labels: more.labels ?? [name.replaceAll(' ', '-')],
    openingPriceMicroUsdPerHour: BigInt(cents) * 10_000n,
  };
}

/** A GeForce card; `distinct` puts the memory into the name where one label has cards of several. */
function geForce(family: Family, model: string, memoryGb: number, cents: number, distinct = false): Hardware {
  const name = `NVIDIA GeForce RTX ${model}${distinct ? ` ${memoryGb}GB` : ''}`;
  const interconnect = model.startsWith('3090') ? { interconnect: 'NVLink 3, 112 GB/s, pairs' } : {};
  return device(family, name, memoryGb, cents, {
    labels: [`NVIDIA-GeForce-RTX-${model.replaceAll(' ', '-')}`],
    ...interconnect,
  });
}

export const hardware: readonly Hardware[] = [
  geForce(ampere, '3060', 8, 7, true),
  geForce(ampere, '3060', 12, 8, true),
  geForce(ampere, '3060 Ti', 8, 9),
  geForce(ampere, '3070', 8, 10),
  geForce(ampere, '3070 Ti', 8, 11),
  geForce(ampere, '3080', 10, 14, true),
  geForce(ampere, '3080', 12, 15, true),
  geForce(ampere, '3080 Ti', 12, 17),
  geForce(ampere, '3090', 24, 22),
  geForce(ampere, '3090 Ti', 24, 26),
  geForce(ada, '4060', 8, 9),
  geForce(ada, '4060 Ti', 8, 11, true),
  geForce(ada, '4060 Ti', 16, 13, true),
  geForce(ada, '4070', 12, 15),
  geForce(ada, '4070 SUPER', 12, 17),
  geForce(ada, '4070 Ti', 12, 19),
  geForce(ada, '4070 Ti SUPER', 16, 22),
  geForce(ada, '4080', 16, 27),
  geForce(ada, '4080 SUPER', 16, 29),
  geForce(ada, '4090', 24, 39),
  geForce(blackwell, '5090', 32, 69),
  device(ada, 'NVIDIA RTX 4000 Ada', 20, 26, {
    labels: ['NVIDIA-RTX-4000-Ada-Generation', 'NVIDIA-RTX-4000-SFF-Ada-Generation'],
  }),
  device(ada, 'NVIDIA RTX 5000 Ada', 32, 55, { labels: ['NVIDIA-RTX-5000-Ada-Generation'] }),
  device(ada, 'NVIDIA RTX 6000 Ada', 48, 77, { labels: ['NVIDIA-RTX-6000-Ada-Generation'] }),
  device(ampere, 'NVIDIA RTX A4000', 16, 17),
  device(ampere, 'NVIDIA RTX A5000', 24, 24, { interconnect: 'NVLink 3, 112 GB/s, pairs' }),
  device(ampere, 'NVIDIA RTX A6000', 48, 47, { interconnect: 'NVLink 3, 112 GB/s, pairs' }),
  device(turing, 'NVIDIA T4', 16, 20, { labels: ['Tesla-T4'] }),
  device(volta, 'NVIDIA V100 16GB', 16, 22, {
    labels: ['Tesla-V100-SXM2-16GB', 'Tesla-V100-PCIE-16GB', 'Tesla-V100-FHHL-16GB'],
    interconnect: 'NVLink 2, 300 GB/s (SXM2)',
  }),
  device(volta, 'NVIDIA V100 32GB', 32, 32, {
    labels: ['Tesla-V100-SXM2-32GB', 'Tesla-V100-SXM3-32GB', 'Tesla-V100-PCIE-32GB'],
    interconnect: 'NVLink 2, 300 GB/s (SXM2)',
  }),
  device(ada, 'NVIDIA L4', 24, 43),
  device(ada, 'NVIDIA L40S', 48, 86),
  device(ampere, 'NVIDIA A100 40GB', 40, 99, {
    labels: ['NVIDIA-A100-SXM4-40GB', 'NVIDIA-A100-PCIE-40GB'],
    interconnect: 'NVLink 3, 600 GB/s',
  }),
  device(ampere, 'NVIDIA A100 80GB', 80, 139, {
    labels: ['NVIDIA-A100-SXM4-80GB', 'NVIDIA-A100-80GB-PCIe', 'NVIDIA-A100-PCIE-80GB'],
    interconnect: 'NVLink 3, 600 GB/s',
  }),
  device(hopper, 'NVIDIA H100 80GB PCIe', 80, 199, {
    labels: ['NVIDIA-H100-PCIe'],
    interconnect: 'NVLink 4, 600 GB/s, pairs',
  }),
  device(hopper, 'NVIDIA H100 80GB SXM', 80, 249, {
    labels: ['NVIDIA-H100-80GB-HBM3'],
    interconnect: 'NVLink 4, 900 GB/s',
  }),
  device(hopper, 'NVIDIA H200', 141, 319, { interconnect: 'NVLink 4, 900 GB/s' }),
  device(blackwell, 'NVIDIA B200', 180, 519, { interconnect: 'NVLink 5, 1800 GB/s' }),
  device(amd('CDNA 2'), 'AMD Instinct MI250', 128, 95, {
    labels: ['AMD_Instinct_MI250', 'AMD-Instinct-MI250'],
    interconnect: 'Infinity Fabric, 800 GB/s',
  }),
  device(amd('CDNA 3'), 'AMD Instinct MI300X', 192, 199, {
    labels: ['AMD_Instinct_MI300X_OAM', 'AMD_Instinct_MI300X', 'AMD-Instinct-MI300X'],
    interconnect: 'Infinity Fabric, 896 GB/s',
  }),
  device(gaudi('Gaudi 2'), 'Intel Gaudi 2', 96, 105, {
    labels: ['HL-225', 'HL-225H', 'HL-225B'],
    interconnect: 'RoCE, 2.4 Tb/s',
  }),
  device(gaudi('Gaudi 3'), 'Intel Gaudi 3', 128, 165, {
    labels: ['HL-325L', 'HL-338'],
    interconnect: 'RoCE, 4.8 Tb/s',
  }),
  // Unified memory, of the smallest that is sold: what a worker of the model has at least
  device(apple('M3'), 'Apple M3', 8, 5),
  device(apple('M3'), 'Apple M3 Pro', 18, 8),
  device(apple('M3'), 'Apple M3 Max', 36, 14),
  device(apple('M3'), 'Apple M3 Ultra', 96, 38),
  device(apple('M4'), 'Apple M4', 16, 7),
  device(apple('M4'), 'Apple M4 Pro', 24, 11),
  device(apple('M4'), 'Apple M4 Max', 36, 19),
];

/** Drivers report a little less than nominal (ECC, reserved): the T4 shows 15 of its 16 GiB, the L4 22.5 of 24. */
const memoryTolerance = 0.1;

/**
 * The model that a driver's name or a node's product label stands for.
 *
 * @param name as `nvidia-smi` prints it or as the label has it: `NVIDIA H100 80GB HBM3`, `NVIDIA-H100-80GB-HBM3`
 * @param memoryMb what the device reports, in MiB; it tells apart cards that share a name
 * @returns undefined when none is supported, for a slice of a device (MIG), and for a device shared by time
 */
export function matchModel(name: string, memoryMb?: number): Hardware | undefined {
  const label = name.trim().replaceAll(/\s+/g, '-').toLowerCase();
  const named = hardware.filter((model) => model.labels.some((known) => known.toLowerCase() === label));
  if (memoryMb === undefined) return named.length === 1 ? named[0] : undefined;
  return named.find((model) =>
    model.vendor === 'Apple'
      ? memoryMb >= model.memoryMb * (1 - memoryTolerance)
      : Math.abs(model.memoryMb - memoryMb) <= model.memoryMb * memoryTolerance,
  );
}
