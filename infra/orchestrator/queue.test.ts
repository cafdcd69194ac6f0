import { setImmediate as tick } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { KeyedQueue } from './queue.ts';

describe('the queue of clusters', () => {
  test('never works on a cluster twice at once, nor on more than its limit, and whoever asks is served by a later run', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.nat(3)), { maxLength: 40 }),
        fc.integer({ min: 1, max: 3 }),
        async (calls, limit) => {
          const active = new Set<string>();
          const begun = new Map<string, number>();
          const queue = new KeyedQueue(limit, async (key) => {
            expect(active.has(key)).toBe(false);
            active.add(key);
            expect(active.size).toBeLessThanOrEqual(limit);
            begun.set(key, (begun.get(key) ?? 0) + 1);
            await tick();
            active.delete(key);
          });
          const served: Promise<void>[] = [];
          for (const [key, pauses] of calls) {
            const before = begun.get(key) ?? 0;
            served.push(queue.add(key).then(() => expect(begun.get(key)).toBeGreaterThan(before)));
            for (let pause = 0; pause < pauses; pause++) await tick();
          }
          await Promise.all(served);
        },
      ),
    );
  });

  test('a run that fails fails those who waited for it, and no other', async () => {
    const queue = new KeyedQueue(1, async (key) => {
      if (key === 'bad') throw new Error('bad');
    });
    await expect(queue.add('bad')).rejects.toThrow('bad');
    await queue.add('good');
    await expect(queue.add('bad')).rejects.toThrow('bad');
  });
});
