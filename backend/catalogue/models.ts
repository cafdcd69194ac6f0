/** The hardware models as they stand in the database: the list of `hardware.ts`, and the CPUs that workers brought. */
import { DomainError } from '@muster/common';
import type { Context, Database, HardwareModelTable, Kysely, Selectable, Transaction } from '@muster/db';
import { openPriceBook } from '@muster/pricing';
import { hardware } from './hardware.ts';

export interface HardwareModel {
  id: string;
  name: string;
  vendor: string;
  kind: 'gpu' | 'cpu';
  memoryMb: number;
  architecture: string;
  interconnect: string | null;
  /** The extended resource that one device takes in Kubernetes. */
  resourceName: string;
}

/** All models, by name. */
export async function listModels(db: Kysely<Database>): Promise<HardwareModel[]> {
  const rows = await db.selectFrom('hardware_model').selectAll().orderBy('name').execute();
  return rows.map(toModel);
}

/** @throws DomainError `not_found` */
export async function getModel(db: Kysely<Database>, modelId: string): Promise<HardwareModel> {
  const row = await db.selectFrom('hardware_model').selectAll().where('id', '=', modelId).executeTakeFirst();
  if (!row) throw new DomainError('not_found', 'There is no such hardware model.');
  return toModel(row);
}

/** Writes the supported hardware and its opening prices; a model that is there is brought up to date, its price is kept. */
export async function seedCatalogue(context: Context): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('hardware_model')
      .values(
        hardware.map((model) => ({
          id: model.id,
          name: model.name,
          vendor: model.vendor,
          kind: 'gpu' as const,
          memory_mb: model.memoryMb,
          architecture: model.architecture,
          interconnect: model.interconnect,
          node_label: model.labels[0]!,
          resource_name: model.resourceName,
          created_at: context.clock.now(),
        })),
      )
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(({ ref }) => ({
          name: ref('excluded.name'),
          memory_mb: ref('excluded.memory_mb'),
          architecture: ref('excluded.architecture'),
          interconnect: ref('excluded.interconnect'),
          node_label: ref('excluded.node_label'),
          resource_name: ref('excluded.resource_name'),
        })),
      )
      .execute();
    const prices = hardware.map((model) => ({
      modelId: model.id,
      priceMicroUsdPerHour: model.openingPriceMicroUsdPerHour,
    }));
    await openPriceBook(trx, context, prices);
  });
}

export interface Cpu {
  /** As the machine names it: `Intel(R) Xeon(R) Platinum 8481C CPU @ 2.70GHz`. */
  name: string;
  cores: number;
  /** Of the machine. */
  memoryMb: number;
}

/** What a core costs per hour when its model first appears, in micro-USD. */
const openingPriceMicroUsdPerCoreHour = 10_000n;

/** The model of a machine's CPU, with its cores and its memory in whole GB; it is made when it is new. @returns its id */
export async function ensureCpuModel(
  trx: Transaction<Database>,
  context: Pick<Context, 'clock'>,
  cpu: Cpu,
): Promise<string> {
  const brand = cpu.name
    .replaceAll(/\((r|tm)\)|@.*$|\bCPU\b|\bProcessor\b|\b\d+-Core\b/gi, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  const memoryGb = Math.max(1, Math.round(cpu.memoryMb / 1_000));
  const slug =
    brand
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 50) || 'unknown';
  const id = `cpu-${slug}-${cpu.cores}c-${memoryGb}gb`;
  const found = await trx.selectFrom('hardware_model').select('id').where('id', '=', id).executeTakeFirst();
  if (found) return id;
  await trx
    .insertInto('hardware_model')
    .values({
      id,
      name: `${brand || 'Unknown CPU'}, ${cpu.cores} ${cpu.cores === 1 ? 'core' : 'cores'}, ${memoryGb} GB`,
      vendor: vendorOf(brand),
      kind: 'cpu',
      memory_mb: memoryGb * 1_000,
      architecture: 'CPU',
      interconnect: null,
      node_label: null,
      resource_name: 'muster.io/device',
      created_at: context.clock.now(),
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  await openPriceBook(trx, context, [
    { modelId: id, priceMicroUsdPerHour: openingPriceMicroUsdPerCoreHour * BigInt(cpu.cores) },
  ]);
  return id;
}

function vendorOf(brand: string): string {
  return (
    ['Intel', 'AMD', 'Apple', 'Ampere'].find((vendor) => brand.toLowerCase().includes(vendor.toLowerCase())) ?? 'Other'
  );
}

function toModel(row: Selectable<HardwareModelTable>): HardwareModel {
  return {
    id: row.id,
    name: row.name,
    vendor: row.vendor,
    kind: row.kind,
    memoryMb: row.memory_mb,
    architecture: row.architecture,
    interconnect: row.interconnect,
    resourceName: row.resource_name,
  };
}
