import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import { readConfig } from './config.ts';
import { continueTrace } from './telemetry.ts';
import { connectivityTierOf, meetsTier } from './vocabulary.ts';

describe('trace context', () => {
  test('a well-formed trace goes on under a new span; anything else starts a new one', () => {
    const sent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const continued = continueTrace(sent);
    expect(continued.slice(3, 35)).toBe(sent.slice(3, 35));
    expect(continued).not.toBe(sent);
    expect(continueTrace('00-zz\r\nx: y')).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  });
});

describe('configuration', () => {
  test('a wrong setting is named, and its value, which may be a secret, is not shown', () => {
    const read = () => readConfig({ MUSTER_SECRET: z.string().min(20) }, { MUSTER_SECRET: 'hunter2' });
    expect(read).toThrow('MUSTER_SECRET');
    expect(read).not.toThrow('hunter2');
  });
});

describe('connectivity tiers', () => {
  test('a tier needs both speeds, and a better tier serves a lesser wish', () => {
    expect(connectivityTierOf(1600, 1200)).toBe('ultra');
    expect(connectivityTierOf(1600, 1199)).toBe('high');
    expect(connectivityTierOf(99, 1200)).toBeUndefined();
    expect(meetsTier('ultra', 'low')).toBe(true);
    expect(meetsTier('low', 'medium')).toBe(false);
  });
});
