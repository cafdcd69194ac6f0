export { checkInvariants, type Invariant } from './check.ts';
export type { HeldObject, PoolReader } from './pools.ts';
