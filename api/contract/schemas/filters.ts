/** What lists and streams can be narrowed by, where several routes share it. */
import { readinessSteps, workerStatuses } from '@muster/common';
import { z } from 'zod';
import { Flag, Instant, listOf, orElse, wholeNumber } from './primitives.ts';

/** Which worker of a cluster, or which part of a task. */
export const rank = orElse(wholeNumber(0, 999), 0);

export const logQuery = {
  rank: rank.describe('Of which worker, by its rank.'),
  follow: orElse(Flag, false).describe('Stay and send what comes.'),
  tail: wholeNumber(0, 100_000).optional().describe('Only the last so many lines.'),
  since: Instant.optional(),
};

export const workerFilter = {
  status: listOf(z.enum(workerStatuses), workerStatuses.length).optional(),
  readiness: listOf(z.enum(readinessSteps), readinessSteps.length).optional(),
};
