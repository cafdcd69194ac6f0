/** A bill is believed only when it follows from its windows, to the micro-unit. */
import { type InvoiceLine, rederive } from './rederive.ts';

const line = (windowId: string, from: string, to: string, chargeMicroUsd: string, more: Partial<InvoiceLine> = {}) => ({
  windowId,
  leaseId: 'lse_a',
  workerId: 'wrk_a',
  from: `2026-01-01T00:${from}Z`,
  to: `2026-01-01T00:${to}Z`,
  devices: 2,
  priceMicroUsdPerDeviceHour: '1000000',
  chargeMicroUsd,
  freeBecause: null,
  ...more,
});
// 2 devices at 1 USD for 1 s are 555.56 micro-USD: windows of a second are charged 556, 555, 556.
const lines = [
  line('w3', '00:02.000', '00:03.000', '556'),
  line('w1', '00:00.000', '00:01.000', '556'),
  line('w2', '00:01.000', '00:02.000', '555'),
];

test('rounding is of the whole charged time, so that windows add up to it', () => {
  const { differences, total, leases } = rederive({ lines, totalMicroUsd: '1667' });
  expect(differences).toEqual([]);
  expect(total).toBe(1667n);
  expect(leases).toMatchObject([{ windows: 3, chargedMs: 3_000, freeMs: 0, micro: 1667n }]);
});

test('a free window costs nothing and counts no time', () => {
  const free = line('w2', '00:01.000', '00:02.000', '0', { freeBecause: 'platform fault' });
  const third = line('w3', '00:02.000', '00:03.000', '555');
  const result = rederive({ lines: [lines[1]!, free, third], totalMicroUsd: '1111' });
  expect(result.differences).toEqual([]);
  expect(result.leases).toMatchObject([{ chargedMs: 2_000, freeMs: 1_000 }]);
});

test('a micro-unit too much, a gap and a wrong total are told', () => {
  const wrong = [lines[1]!, line('w2', '00:01.500', '00:02.500', '556')];
  expect(rederive({ lines: wrong, totalMicroUsd: '1' }).differences).toEqual([
    { kind: 'gap', leaseId: 'lse_a', at: '2026-01-01T00:00:01.500Z' },
    { kind: 'charge', windowId: 'w2', expected: 555n, charged: 556n },
    { kind: 'total', expected: 1111n, billed: 1n },
  ]);
});
