/** From what a machine reports to catalogue models and device rows. */
import { ensureCpuModel, matchModel } from '@muster/catalogue';
import type { Context, Database, Transaction } from '@muster/db';
import type { Facts } from './facts.ts';

export interface Identified {
  /** The one model that all devices are; null when there is none, or when they differ. */
  modelId: string | null;
  /** With indexes from 0 without a gap, however the driver numbers them. */
  devices: { index: number; uuid: string | null }[];
}

/**
 * What an agent's facts amount to: its GPUs when they are of one model of the catalogue, or, without GPUs, its CPU as one
 * device of the machine's own CPU model.
 */
export async function identifyDevices(trx: Transaction<Database>, context: Context, facts: Facts): Promise<Identified> {
  if (facts.gpus.length === 0) {
    const modelId = await ensureCpuModel(trx, context, {
      name: facts.cpuModel,
      cores: facts.cpuCores,
      memoryMb: Math.trunc(facts.memoryBytes / 1e6),
    });
    return { modelId, devices: [{ index: 0, uuid: null }] };
  }
  // A slice is not the device that it is named after.
  const models = new Set(
    facts.gpus.map((gpu) => (gpu.migProfile ? undefined : matchModel(gpu.name, gpu.memoryMib || undefined)?.id)),
  );
  const [model] = models;
  if (models.size !== 1 || model === undefined) return { modelId: null, devices: [] };
  const inOrder = facts.gpus.toSorted((left, right) => left.index - right.index);
  return { modelId: model, devices: inOrder.map(({ uuid }, index) => ({ index, uuid: uuid ?? null })) };
}

/**
 * Makes the device rows what was identified. A device keeps its id while its index and model stay, since leases name it;
 * one that was ever leased is never deleted, so a worker that lost a device keeps the row beyond its `device_count`.
 */
export async function replaceDevices(
  trx: Transaction<Database>,
  context: Context,
  workerId: string,
  { modelId, devices }: Identified,
): Promise<void> {
  if (modelId === null) return;
  const known = await trx
    .selectFrom('device')
    .select(['index', 'model_id', 'uuid'])
    .where('worker_id', '=', workerId)
    .execute();
  const byIndex = new Map(known.map((device) => [device.index, device]));
  const missing = devices.filter(({ index }) => !byIndex.has(index));
  const changed = devices.filter(({ index, uuid }) => {
    const device = byIndex.get(index);
    return device && (device.model_id !== modelId || device.uuid !== uuid);
  });
  await insertDevices(trx, context, [{ workerId, modelId, devices: missing }]);
  for (const { index, uuid } of changed) {
    await trx
      .updateTable('device')
      .set({ model_id: modelId, uuid })
      .where('worker_id', '=', workerId)
      .where('index', '=', index)
      .execute();
  }
}

/** Postgres takes 65,535 parameters in a statement, and a row has five. */
const rowsPerInsert = 10_000;

/** The device rows of workers, by as few statements as there can be. */
export async function insertDevices(
  trx: Transaction<Database>,
  context: Context,
  workers: readonly (Identified & { workerId: string })[],
): Promise<void> {
  const rows = workers.flatMap(({ workerId, modelId, devices }) =>
    modelId === null
      ? []
      : devices.map(({ index, uuid }) => ({
          id: context.ids.next('device'),
          worker_id: workerId,
          index,
          model_id: modelId,
          uuid,
        })),
  );
  for (let start = 0; start < rows.length; start += rowsPerInsert) {
    await trx
      .insertInto('device')
      .values(rows.slice(start, start + rowsPerInsert))
      .execute();
  }
}
