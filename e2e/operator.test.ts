/** An operator's view over the internal API, which nobody else may call. */
import { describe, expect, test } from '@jest/globals';
import { answer, type Schemas } from '@muster/contract/client';
import { clientOf, muster, musterJson } from './platform.ts';

describe('the internal API', () => {
  test('an operator reads supply, demand, utilisation and revenue by model and country over time', async () => {
    for (const series of ['supply', 'demand', 'unmet-demand', 'utilisation', 'revenue']) {
      const { items } = await musterJson<{ items: { at: string; modelId: string }[] }>(
        'operator',
        'admin',
        'analytics',
        series,
      );
      if (series === 'supply') expect(items.length).toBeGreaterThan(0);
      for (const row of items) expect(row).toMatchObject({ at: expect.any(String), modelId: expect.any(String) });
    }
    const health = await answer(clientOf('operator').internal.GET('/health'));
    expect(health.components.filter(({ ok }: Schemas['Health']['components'][number]) => !ok)).toEqual([]);
  });

  test('a customer and a supplier are refused', async () => {
    for (const role of ['customer', 'supplier'] as const) {
      const refused = await muster(role, '--json', 'admin', 'analytics', 'supply');
      expect(refused.code).toBe(2);
      expect(refused.stdout).toBe('');
    }
  });

  test('the audit chain holds, and the customer’s own calls are in it', async () => {
    expect(await musterJson('operator', 'admin', 'audit', 'verify')).toMatchObject({ ok: true });
    const { items } = await musterJson<{ items: Schemas['AuditEvent'][] }>('customer', 'audit');
    expect(items.length).toBeGreaterThan(0);
  });
});
