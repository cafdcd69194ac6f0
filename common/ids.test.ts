import { describe, expect, test } from '@jest/globals';
import { createIds, idOfKubernetesName, idPattern, kubernetesName } from './ids.ts';
import { ManualClock } from './time.ts';

describe('ids', () => {
  test('they sort by creation, also within one millisecond, and follow their pattern', () => {
    const clock = new ManualClock();
    const ids = createIds(clock);
    const made = Array.from({ length: 100 }, (_, index) => {
      if (index % 10 === 0) clock.advance(1);
      return ids.next('cluster');
    });
    expect([...made].sort()).toEqual(made);
    expect(new Set(made).size).toBe(100);
    for (const id of made) expect(id).toMatch(idPattern('cluster'));
  });

  test('the same clock and seed give the same ids, so that a run can be replayed', () => {
    const make = () => createIds(new ManualClock(), () => 0.5).next('task');
    expect(make()).toBe(make());
  });

  test('a Kubernetes name is a DNS label and leads back to its id', () => {
    const id = createIds(new ManualClock()).next('cluster');
    expect(kubernetesName(id)).toMatch(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    expect(idOfKubernetesName(kubernetesName(id))).toBe(id);
  });
});
