import { describe, expect, test } from '@jest/globals';
import { gpuHandle, parseCudaVersion, parseGpus } from './gpus.ts';

/** As `nvidia-smi --query-gpu=… --format=csv,noheader,nounits` and `nvidia-smi -L` print. */
const twoCards = {
  csv: `0, GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a01, NVIDIA GeForce RTX 4090, 24564, 550.54.15, 8.9, [N/A]
1, GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a02, NVIDIA GeForce RTX 4090, 24564, 550.54.15, 8.9, [N/A]
`,
  listing: `GPU 0: NVIDIA GeForce RTX 4090 (UUID: GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a01)
GPU 1: NVIDIA GeForce RTX 4090 (UUID: GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a02)
`,
};
const mig = {
  csv: `0, GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77, NVIDIA A100-SXM4-40GB, 40960, 535.129.03, 8.0, Enabled
1, GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a78, NVIDIA A100-SXM4-40GB, 40960, 535.129.03, 8.0, Disabled
`,
  listing: `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77)
  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4-5de3-91c7-45d71c87eb3f)
  MIG 1g.5gb      Device  1: (UUID: MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a78)
`,
};
const table = `+---------------------------------------------------------------------------------------+
| NVIDIA-SMI 535.129.03             Driver Version: 535.129.03   CUDA Version: 12.2     |
|-----------------------------------------+----------------------+----------------------+`;

describe('the machine’s accelerators', () => {
  test('every card is a device with its memory, driver and capability', () => {
    const gpus = parseGpus(twoCards.csv, twoCards.listing);
    expect(gpus).toHaveLength(2);
    expect(gpus[1]).toEqual({
      index: 1,
      uuid: 'GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a02',
      name: 'NVIDIA GeForce RTX 4090',
      memoryMib: 24564,
      driverVersion: '550.54.15',
      computeCapability: '8.9',
    });
  });

  test('a card in MIG mode is its slices, never itself as well', () => {
    const gpus = parseGpus(mig.csv, mig.listing);
    expect(gpus.map(({ uuid, memoryMib, migProfile }) => ({ uuid: uuid.slice(0, 8), memoryMib, migProfile }))).toEqual([
      { uuid: 'MIG-c6d4', memoryMib: 20 * 1024, migProfile: '3g.20gb' },
      { uuid: 'MIG-cba6', memoryMib: 5 * 1024, migProfile: '1g.5gb' },
      { uuid: 'GPU-5d5b', memoryMib: 40960, migProfile: undefined },
    ]);
    expect(gpus.map((gpu) => gpuHandle('podman', gpu))).toEqual(['0:0', '0:1', '1']);
    expect(gpuHandle('docker', gpus[1]!)).toBe('MIG-cba663e8-9bed-5b25-b243-5985ef7c9beb');
  });

  test.each([
    ['no device', 'No devices were found\n'],
    [
      'a driver that does not answer',
      "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
    ],
    ['a card that fell off the bus', 'Unable to determine the device handle for GPU0000:01:00.0: Unknown Error\n'],
    ['columns that are not there', '0, GPU-1, NVIDIA X, [Unknown Error], 550.54.15, 8.9, [N/A]\n'],
  ])('%s is no accelerator', (_, csv) => {
    expect(parseGpus(csv, '')).toEqual([]);
  });

  test('the CUDA version is the driver’s', () => {
    expect(parseCudaVersion(table)).toBe('12.2');
    expect(parseCudaVersion('')).toBeUndefined();
  });
});
