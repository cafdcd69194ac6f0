import { expect, test } from '@jest/globals';
import { stateOf } from './attestation-state.ts';

const now = new Date('2026-11-24T12:00:00Z');

test.each([
  ['2027-11-24T12:00:00Z', null, 'holds'],
  ['2026-12-24T12:00:00Z', null, 'holds'],
  ['2026-12-24T11:59:59Z', null, 'expiring'],
  ['2026-11-24T12:00:01Z', null, 'expiring'],
  ['2026-11-24T12:00:00Z', null, 'expired'],
  ['2027-11-24T12:00:00Z', '2026-11-01T00:00:00Z', 'revoked'],
])('An attestation until %s, revoked at %s, %s', (expiresAt, revokedAt, state) => {
  expect(stateOf({ expiresAt, revokedAt }, now)).toBe(state);
});
