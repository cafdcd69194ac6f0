import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createIds, ManualClock, systemActor } from '@muster/common';
import type { Context } from '@muster/db';
import { createTestDatabase, type TestDatabase } from '@muster/db/testing';
import { listPriceBook, setBasePrice } from '@muster/pricing';
import {
  countries,
  ensureCpuModel,
  findCountry,
  getModel,
  hardware,
  isEea,
  listModels,
  matchModel,
  regionOf,
  seedCatalogue,
} from './index.ts';

describe('the supported hardware', () => {
  // As drivers and labels of real machines report them, with MiB.
  const reported: [name: string, memoryMb: number, id: string | undefined][] = [
    ['NVIDIA H100 80GB HBM3', 81559, 'nvidia-h100-80gb-sxm'],
    ['NVIDIA-H100-80GB-HBM3', 81559, 'nvidia-h100-80gb-sxm'],
    ['NVIDIA H100 PCIe', 81559, 'nvidia-h100-80gb-pcie'],
    ['NVIDIA H200', 143771, 'nvidia-h200'],
    ['NVIDIA B200', 183359, 'nvidia-b200'],
    ['NVIDIA A100-SXM4-80GB', 81920, 'nvidia-a100-80gb'],
    ['NVIDIA A100 80GB PCIe', 81920, 'nvidia-a100-80gb'],
    ['NVIDIA A100-SXM4-40GB', 40960, 'nvidia-a100-40gb'],
    ['Tesla T4', 15360, 'nvidia-t4'],
    ['Tesla V100-SXM2-16GB', 16384, 'nvidia-v100-16gb'],
    ['Tesla V100-SXM3-32GB', 32768, 'nvidia-v100-32gb'],
    ['NVIDIA L4', 23034, 'nvidia-l4'],
    ['NVIDIA L40S', 46068, 'nvidia-l40s'],
    ['NVIDIA GeForce RTX 4090', 24564, 'nvidia-geforce-rtx-4090'],
    ['NVIDIA GeForce RTX 5090', 32607, 'nvidia-geforce-rtx-5090'],
    ['NVIDIA GeForce RTX 3060', 12288, 'nvidia-geforce-rtx-3060-12gb'],
    ['NVIDIA GeForce RTX 3060', 8192, 'nvidia-geforce-rtx-3060-8gb'],
    ['NVIDIA GeForce RTX 4060 Ti', 16380, 'nvidia-geforce-rtx-4060-ti-16gb'],
    ['NVIDIA RTX 6000 Ada Generation', 49140, 'nvidia-rtx-6000-ada'],
    ['NVIDIA RTX A6000', 49140, 'nvidia-rtx-a6000'],
    ['AMD_Instinct_MI300X_OAM', 196608, 'amd-instinct-mi300x'],
    ['HL-225', 98304, 'intel-gaudi-2'],
    ['Apple M4 Max', 131072, 'apple-m4-max'],
    // Not what they look like: a slice, a shared device, a card with the memory of another, one that is not supported
    ['NVIDIA-H100-80GB-HBM3-MIG-1g.10gb', 9728, undefined],
    ['NVIDIA-GeForce-RTX-4090-SHARED', 24564, undefined],
    ['NVIDIA GeForce RTX 4090', 49140, undefined],
    ['NVIDIA GeForce GTX 1080', 8192, undefined],
  ];
  test.each(reported)('%s with %i MiB is %s', (name, memoryMb, id) => {
    expect(matchModel(name, memoryMb)?.id).toBe(id);
  });

  test('a name that stands for several cards is not guessed at', () => {
    expect(matchModel('NVIDIA GeForce RTX 3060')).toBeUndefined();
    expect(matchModel('NVIDIA GeForce RTX 3090')?.id).toBe('nvidia-geforce-rtx-3090');
  });

  test('no two models share an id or a name, or a label and a memory', () => {
    const keys = hardware.flatMap((model) => [
      model.id,
      model.name,
      ...model.labels.map((label) => `${label.toLowerCase()} ${model.memoryMb}`),
    ]);
    expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
    for (const model of hardware) expect(model.id).toMatch(/^[a-z0-9][a-z0-9.-]{0,79}$/);
  });

  test('every model of the product is there', () => {
    const promised =
      `3060 3060-ti 3070 3070-ti 3080 3080-ti 3090 3090-ti 4060 4060-ti 4070 4070-super 4070-ti 4070-ti-super 4080
      4080-super 4090 5090 4000-ada 5000-ada 6000-ada a4000 a5000 a6000 t4 v100-16gb v100-32gb l4 l40s a100-40gb a100-80gb
      h100-80gb-pcie h100-80gb-sxm h200 b200 mi250 mi300x gaudi-2 gaudi-3 m3 m4`.split(/\s+/);
    const ids = hardware.map((model) => model.id.replace(/-\d+gb$/, (memory) => (/rtx/.test(model.id) ? '' : memory)));
    expect(promised.filter((model) => !ids.some((id) => id.endsWith(`-${model}`)))).toEqual([]);
  });
});

describe('the catalogue', () => {
  let database: TestDatabase;
  let context: Context;
  beforeAll(async () => {
    database = await createTestDatabase();
    const clock = new ManualClock();
    context = { db: database.db, clock, ids: createIds(clock) };
    await seedCatalogue(context);
  });
  afterAll(() => database.drop());

  test('every supported model is listed with a price, and a second seed keeps what operators changed', async () => {
    await setBasePrice(context, systemActor('test'), { modelId: 'nvidia-h200', priceMicroUsdPerHour: 1n });
    await seedCatalogue(context);
    expect(await listModels(database.db)).toHaveLength(hardware.length);
    const book = await listPriceBook(context);
    expect(book.map((price) => price.modelId).sort()).toEqual(hardware.map((model) => model.id).sort());
    expect(book.find((price) => price.modelId === 'nvidia-h200')!.priceMicroUsdPerHour).toBe(1n);
    await expect(getModel(database.db, 'none')).rejects.toMatchObject({ code: 'not_found' });
  });

  test('a CPU is a model like any other, made once from the name of the machine, with a price', async () => {
    const cpu = { name: 'Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz', cores: 2, memoryMb: 25_230 };
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => database.db.transaction().execute((trx) => ensureCpuModel(trx, context, cpu))),
    );
    expect(new Set(ids)).toEqual(new Set(['cpu-intel-xeon-platinum-8481c-2c-25gb']));
    expect(await getModel(database.db, ids[0]!)).toMatchObject({
      name: 'Intel Xeon Platinum 8481C, 2 cores, 25 GB',
      vendor: 'Intel',
      kind: 'cpu',
    });
    const [price] = (await listPriceBook(context)).filter(({ modelId }) => modelId === ids[0]);
    expect(price!.priceMicroUsdPerHour).toBe(20_000n);
    const odd = await database.db
      .transaction()
      .execute((trx) => ensureCpuModel(trx, context, { name: '', cores: 1, memoryMb: 1 }));
    expect(odd).toMatch(/^[a-z0-9][a-z0-9.-]{0,79}$/);
  });
});

describe('countries', () => {
  test('are those of ISO 3166-1, each in a region', () => {
    expect(countries).toHaveLength(249);
    for (const country of countries) expect(country.region).toMatch(/^[a-z][a-z-]+$/);
    expect(regionOf('DE')).toBe('europe');
    expect(regionOf('US')).toBe('north-america');
    expect(findCountry('XX')).toBeUndefined();
    expect(() => regionOf('XX')).toThrow(RangeError);
  });

  test('the EEA has its thirty states: GDPR data may stay in no other', () => {
    expect(countries.filter((country) => country.eea)).toHaveLength(30);
    expect(['NO', 'IS', 'LI'].every(isEea)).toBe(true);
    expect(['CH', 'GB', 'US'].some(isEea)).toBe(false);
  });
});
