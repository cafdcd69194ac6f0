import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Container } from './engine.ts';
import { backoffMs, nextStep, type PodMemory, type PodRecord, statusOf } from './lifecycle.ts';
import { podStatusSchema } from './protocol.ts';
import { shellPod } from './testing.ts';

const start = new Date('2026-01-01T00:00:00Z');
const at = (seconds: number) => new Date(start.getTime() + seconds * 1000);
const memory = (): PodMemory => ({ failures: 0 });

function record(change: Parameters<typeof shellPod>[1] = {}, rest: Partial<PodRecord> = {}): PodRecord {
  return { pod: shellPod('true', change), acceptedAt: start, attempts: 0, ...rest };
}

function container(change: Partial<Container> = {}): Container {
  return {
    id: 'c',
    podUid: 'p',
    attempt: 0,
    state: 'running',
    pid: 1,
    exitCode: 0,
    oomKilled: false,
    startedAt: start,
    finishedAt: undefined,
    ip: undefined,
    imageId: 'i',
    gpus: [],
    ...change,
  };
}
const exited = (exitCode: number, attempt = 0, seconds = 10) =>
  container({ state: 'exited', exitCode, attempt, finishedAt: at(seconds) });

describe('the life of a pod', () => {
  test('restarts wait 0, 10, 20 … seconds and never more than five minutes', () => {
    expect([0, 1, 2, 3, 20].map(backoffMs)).toEqual([0, 10_000, 20_000, 40_000, 300_000]);
  });

  test('a container that ended is made again only where the policy says so, and only after its back-off', () => {
    const always = record({ restartPolicy: 'Always' }, { attempts: 3 });
    expect(nextStep(always, [exited(0, 2)], memory(), at(29))).toEqual({ kind: 'wait', until: at(30) });
    expect(nextStep(always, [exited(0, 2)], memory(), at(30))).toEqual({ kind: 'create', attempt: 3 });
    const onFailure = record({ restartPolicy: 'OnFailure' }, { attempts: 1 });
    expect(nextStep(onFailure, [exited(0)], memory(), at(99))).toEqual({ kind: 'none' });
    expect(nextStep(onFailure, [exited(1)], memory(), at(99))).toEqual({ kind: 'create', attempt: 1 });
    expect(nextStep(record({}, { attempts: 1 }), [exited(1)], memory(), at(99))).toEqual({ kind: 'none' });
  });

  test('a container that ran for ten minutes is restarted at once, however often it was before', () => {
    const always = record({ restartPolicy: 'Always' }, { attempts: 9 });
    expect(nextStep(always, [exited(1, 8, 600)], memory(), at(600))).toEqual({ kind: 'create', attempt: 9 });
  });

  test('a deletion goes before everything else', () => {
    const deleted = record(
      { deadlineSeconds: 1 },
      { deletion: { graceSeconds: 5 }, ended: { reason: 'r', message: 'm' } },
    );
    expect(nextStep(deleted, [container()], memory(), at(99))).toEqual({ kind: 'remove', graceSeconds: 5 });
  });

  test('whatever the engine tells, the status can be sent and a finished pod is left alone', () => {
    const containers = fc.array(
      fc.record({
        attempt: fc.nat(3),
        state: fc.constantFrom<Container['state']>('created', 'running', 'exited'),
        exitCode: fc.nat(255),
        oomKilled: fc.boolean(),
        finished: fc.boolean(),
      }),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(
        containers,
        fc.constantFrom('Always', 'OnFailure', 'Never'),
        fc.nat(4),
        fc.boolean(),
        (list, restartPolicy, attempts, drained) => {
          const own = list.map(({ finished, ...change }) =>
            container({ ...change, finishedAt: finished ? at(5) : undefined }),
          );
          const pod = record(
            { restartPolicy: restartPolicy as 'Always' },
            { attempts, ...(drained && { ended: { reason: 'Drained', message: '' } }) },
          );
          const status = statusOf(pod, own, memory());
          expect(podStatusSchema.safeParse(status).error).toBeUndefined();
          const step = nextStep(pod, own, memory(), at(1_000));
          if (status.phase === 'Succeeded' || status.phase === 'Failed') expect(['none', 'end']).toContain(step.kind);
          if (step.kind === 'create')
            expect(own.every(({ attempt }) => attempt < step.attempt || own.length === 0)).toBe(true);
        },
      ),
    );
  });
});
