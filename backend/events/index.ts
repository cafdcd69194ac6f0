export { appendEvent, appendEvents, type NewEvent } from './append.ts';
export { decodeCursor, decodeSequence, encodeCursor, type Page, type PageRequest, pageOf } from './page.ts';
export { type Event, type FeedEvent, feedAfter, feedPosition, statesSince, timeline } from './read.ts';
