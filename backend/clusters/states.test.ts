import { describe, expect, test } from '@jest/globals';
import { type ClusterState, clusterStates } from '@muster/common';
import fc from 'fast-check';
import { isFinal, isHiring, mayFollow } from './states.ts';

const anyState = fc.constantFrom(...clusterStates);

describe('the life of a cluster', () => {
  test('from every state some path leads to a final one, so no lease is held for ever', () => {
    const escapes = (state: ClusterState, seen: ClusterState[] = []): boolean =>
      isFinal(state) ||
      clusterStates.some((to) => mayFollow(state, to) && !seen.includes(to) && escapes(to, [...seen, state]));
    expect(clusterStates.filter((state) => !escapes(state))).toEqual([]);
  });

  test('nothing follows a final state', () => {
    fc.assert(fc.property(anyState, anyState, (from, to) => expect(isFinal(from) && mayFollow(from, to)).toBe(false)));
  });

  test('whoever hires workers ends by way of `terminating`, in which the pool lets them go', () => {
    fc.assert(
      fc.property(anyState, anyState, (from, to) =>
        expect(isHiring(from) && isFinal(to) && mayFollow(from, to)).toBe(false),
      ),
    );
  });

  test('every state can be reached from an order', () => {
    const reached = new Set<ClusterState>(['requested']);
    for (const from of reached) for (const to of clusterStates) if (mayFollow(from, to)) reached.add(to);
    expect(reached).toEqual(new Set(clusterStates));
  });
});
