import { expect, test } from '@jest/globals';
import { factsOf } from './machine-facts.ts';

const format = { bytes: (count: number) => `${count / 1024 ** 3} GiB`, number: String };

test('Facts of a machine have a name each, sizes with their unit, and one line for each device', () => {
  const facts = factsOf(
    {
      hostname: 'vm',
      memoryBytes: 2 * 1024 ** 3,
      cudaVersion: null,
      gpus: [{ index: 0, name: 'L4', memoryMib: 24 * 1024, uuid: '' }],
      engine: { name: 'podman', version: '5.0' },
      somethingNew: true,
    },
    { hostname: 'Host name', memoryBytes: 'Memory', gpus: 'GPU', engine: 'Engine' },
    format,
  );
  expect(facts).toEqual([
    ['Host name', 'vm'],
    ['Memory', '2 GiB'],
    ['GPU 1', 'L4, 24 GiB'],
    ['Engine', 'podman, 5.0'],
    ['somethingNew', 'true'],
  ]);
});
