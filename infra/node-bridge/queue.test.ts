import { describe, expect, test } from '@jest/globals';
import { createLogger } from '@muster/common';
import fc from 'fast-check';
import { LatestQueue } from './queue.ts';

const log = createLogger('test', 'silent');

describe('the queue of writes', () => {
  test('whatever fails in between, the newest write of every key is done last, alone under its key', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), fails: fc.boolean() }), {
          minLength: 1,
          maxLength: 12,
        }),
        async (writes) => {
          const queue = new LatestQueue(2, log);
          const done = new Map<string, number>();
          const active = new Map<string, number>();
          let total = 0;
          for (const [index, { key, fails }] of writes.entries()) {
            let failed = !fails;
            queue.put(key, async () => {
              active.set(key, (active.get(key) ?? 0) + 1);
              total += 1;
              expect(active.get(key)).toBe(1);
              expect(total).toBeLessThanOrEqual(2);
              await new Promise(setImmediate);
              active.set(key, 0);
              total -= 1;
              if (!failed) {
                failed = true;
                throw new Error('once');
              }
              done.set(key, index);
            });
            if (index % 3 === 0) await new Promise(setImmediate);
          }
          const last = new Map(writes.map(({ key }, index) => [key, index]));
          for (let tries = 0; tries < 200 && [...last].some(([key, index]) => done.get(key) !== index); tries++) {
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
          expect(Object.fromEntries(done)).toEqual(Object.fromEntries(last));
          queue.stop();
        },
      ),
      { numRuns: 15 },
    );
  });
});
