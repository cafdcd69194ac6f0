/** The main job, as a customer, a supplier and an operator do it, with nothing but the product's CLI. */
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Schemas } from '@muster/contract/client';
import {
  brokenInvariants,
  type Cluster,
  demoImage,
  endClusters,
  muster,
  musterJson,
  ownModel,
  until,
} from './platform.ts';

type Task = Schemas['Task'];

afterEach(() => endClusters('customer'), 120_000);

describe('the main job', () => {
  test('offers → quote → cluster → two-worker training → logs → terminate → timeline, invoice, earning', async () => {
    const { modelId, country } = await until('two free workers', async () => {
      const offer = await ownModel();
      const { items } = await musterJson<{ items: Schemas['Offer'][] }>('customer', 'offers', '--model', offer.modelId);
      return items.reduce((sum, each) => sum + each.workers, 0) >= 2 && offer;
    });
    const quote = await musterJson<Schemas['Quote']>(
      'customer',
      'quote',
      '--model',
      modelId,
      '--country',
      country,
      '--tier',
      'low',
      '--workers',
      '2',
    );
    expect(quote.workers).toHaveLength(2);
    expect(quote.currency).toBe('USD');

    const created = await musterJson<Cluster>('customer', 'cluster', 'create', '--quote', quote.id, '--wait');
    expect(created.state).toBe('running');
    expect(created.priceMicroUsdPerHour).toBe(quote.priceMicroUsdPerHour);

    const task = await musterJson<Task>(
      'customer',
      'task',
      'run',
      created.id,
      '--image',
      demoImage,
      '--ranks',
      '2',
      '--wait',
      '--',
      'node',
      '/demo/train.mts',
    );
    expect(task.state).toBe('succeeded');
    const logs = await Promise.all(
      ['0', '1'].map((rank) => muster('customer', 'task', 'logs', task.id, '--rank', rank)),
    );
    const weights = logs.map(({ stdout }) => /weights sha256 ([0-9a-f]{64})/.exec(stdout)?.[1]);
    expect(weights[0]).toBeDefined();
    expect(weights[1]).toBe(weights[0]);
    const losses = [...logs[0]!.stdout.matchAll(/loss\W+([\d.]+)/gi)].map(([, loss]) => Number(loss));
    expect(losses.length).toBeGreaterThan(2);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);

    const ended = await musterJson<Cluster>('customer', 'cluster', 'terminate', created.id, '--wait');
    expect(ended.state).toBe('terminated');
    const { items: events } = await musterJson<{ items: Schemas['Event'][] }>(
      'customer',
      'cluster',
      'events',
      created.id,
    );
    expect(events.map(({ state }) => state).filter(Boolean)).toEqual([
      'requested',
      'assembling',
      'provisioning',
      'running',
      'terminating',
      'terminated',
    ]);
    expect(events.every(({ reason, actorId }) => reason && actorId)).toBe(true);

    const { items: invoices } = await musterJson<{ items: Schemas['Invoice'][] }>('customer', 'invoice', 'list');
    const invoice = await musterJson<Schemas['InvoiceWithLines']>(
      'customer',
      'invoice',
      'get',
      invoices.find(({ clusterId }) => clusterId === created.id)!.id,
    );
    const charged = invoice.lines.reduce((sum, line) => sum + BigInt(line.chargeMicroUsd), 0n);
    expect(charged).toBe(BigInt(invoice.totalMicroUsd));
    expect(charged).toBeGreaterThan(0n);

    const earnings = await musterJson<Schemas['Earnings']>('supplier', 'earnings');
    expect(BigInt(earnings.totalMicroUsd)).toBeGreaterThan(0n);
    expect(await brokenInvariants()).toEqual([]);
  }, 240_000);

  test('a refused request says why, dimension by dimension, and the nearest request that would work', async () => {
    const refused = await muster(
      'customer',
      'quote',
      '--model',
      'nvidia-h100-80gb-sxm',
      '--workers',
      '1',
      '--simulated',
      '--compliance',
      'hipaa',
    );
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/lack/i);
  });
});
