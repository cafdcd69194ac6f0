/** What clusters' workers use, as their pools measured it: kept in Redis for six hours. */
export { type Measured, type Sample, sampleEveryMs, type Usage } from './sample.ts';
export { readUsage, recordUsage } from './stream.ts';
export { noteSummary, readSummaries } from './summaries.ts';
