import { describe, expect, test } from '@jest/globals';
import { readinessSteps } from '@muster/common';
import fc from 'fast-check';
import { type Assessed, assess, productRules } from './rules.ts';
import { statusOf } from './status.ts';

const good: Assessed = {
  memoryBytes: 64e9,
  diskBytes: 1e12,
  cudaVersion: '12.4',
  deviceNames: ['NVIDIA GeForce RTX 4090'],
  modelId: 'nvidia-geforce-rtx-4090',
  nvidia: true,
  downMbps: 900,
  upMbps: 900,
  connected: true,
  paused: false,
  draining: false,
  blocked: false,
  hired: false,
};

const broken = (change: Partial<Assessed>) => assess({ ...good, ...change });

describe('the readiness ladder', () => {
  test.each([
    ['memory', { memoryBytes: 11.9e9 }, '12 GB RAM', '11.9 GB RAM, 0.1 too few'],
    ['disk', { diskBytes: 128e9 }, '256 GB SSD', '128 GB SSD, 128 too few'],
    ['download', { downMbps: 60 }, '100 Mb/s down', '60 Mb/s down, 40 too few'],
    ['upload', { upMbps: null }, '75 Mb/s up', 'not measured yet'],
    ['model', { modelId: null, deviceNames: ['GeForce GT 710'] }, 'a supported model', 'GeForce GT 710'],
    ['model', { modelId: null, deviceNames: ['A', 'B', 'A'] }, 'devices of one model', 'A, B'],
    ['cuda', { cudaVersion: '11.7' }, 'CUDA 11.8 or newer', 'CUDA 11.7'],
    ['cuda', { cudaVersion: '9.10' }, 'CUDA 11.8 or newer', 'CUDA 9.10'],
  ])('a worker that misses %s is told what, by how much, and what to do', (check, change, required, actual) => {
    const { step, nextStep, rules } = broken(change);
    expect({ step, nextStep }).toEqual({ step: 'registered', nextStep: 'verified' });
    expect(rules).toEqual([expect.objectContaining({ check, required, actual })]);
    expect(rules[0]!.fix).not.toBe('');
  });

  test('CUDA is asked only of NVIDIA devices', () => {
    expect(broken({ nvidia: false, cudaVersion: undefined }).step).toBe('cluster-ready');
  });

  test.each([
    ['connection', { connected: false }],
    ['pause', { paused: true }],
    ['drain', { draining: true }],
    ['admission', { blocked: true }],
  ])('a good worker held back by %s is verified and not cluster-ready', (check, change) => {
    const { step, rules } = broken(change);
    expect(step).toBe('verified');
    expect(rules.map((rule) => rule.check)).toEqual([check]);
  });

  test('a worker that nobody has hired is told so too', () => {
    expect(broken({}).rules.map((rule) => rule.check)).toEqual(['demand']);
  });

  test('a hired worker stays hired whatever happens to it', () => {
    expect(broken({ hired: true, connected: false, memoryBytes: 0 })).toEqual({
      step: 'hired',
      nextStep: null,
      rules: [],
    });
  });

  test("the operator's own minimum is the one that is asked and shown", () => {
    const rules = { ...productRules, diskGb: 40 };
    expect(assess({ ...good, diskBytes: 50e9 }, rules).step).toBe('cluster-ready');
    expect(assess({ ...good, diskBytes: 30e9 }, rules).rules[0]!.required).toBe('40 GB SSD');
  });

  test('rules are there exactly when a step is missing, and improving a worker never moves it down', () => {
    const amount = fc.option(fc.double({ min: 0, max: 2e12, noNaN: true }), { nil: undefined });
    fc.assert(
      fc.property(amount, amount, fc.nat(2000), fc.nat(2000), fc.boolean(), (memory, disk, down, up, connected) => {
        const before = { ...good, memoryBytes: memory, diskBytes: disk, downMbps: down, upMbps: up, connected };
        const assessed = assess(before);
        expect(assessed.rules.length > 0).toBe(assessed.nextStep !== null);
        const better = assess({ ...before, memoryBytes: (memory ?? 0) + 1e12, downMbps: down + 1000 });
        expect(readinessSteps.indexOf(better.step)).toBeGreaterThanOrEqual(readinessSteps.indexOf(assessed.step));
      }),
    );
  });
});

describe('the status', () => {
  const now = new Date('2026-01-10T00:00:00Z');
  const idle = {
    blocked: false,
    connected: true,
    lastContactAt: now,
    unsupported: false,
    draining: false,
    paused: false,
    hired: false,
  };
  test.each([
    ['idle', {}],
    ['running', { hired: true }],
    ['paused', { paused: true, hired: true }],
    ['draining', { draining: true, hired: true }],
    ['unsupported', { unsupported: true, paused: true }],
    ['down', { connected: false, hired: true }],
    ['inactive', { connected: false, lastContactAt: new Date('2026-01-05T00:00:00Z') }],
    ['blocked', { blocked: true, connected: false }],
  ])('is %s by its strongest cause', (status, change) => {
    expect(statusOf({ ...idle, ...change }, now)).toBe(status);
  });
});
