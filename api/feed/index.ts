export { followChanges } from './changes.ts';
export { follow } from './feed.ts';
export { createWaker, type Waker } from './wake.ts';
