export { type BadCase, badInputCases, type Sender, type WalkOptions } from './bad-input.ts';
export type { Document } from './document.ts';
export { type ApiHarness, startApi } from './harness.ts';
export { type Failure, type Target, validator, walkBadInput, walkReads } from './walk.ts';
