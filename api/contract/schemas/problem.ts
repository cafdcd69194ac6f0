/** How every refusal reads: `application/problem+json` (RFC 9457), with a stable code and the fix when there is one. */
import { type ErrorCode, errorCodes } from '@muster/common';
import { z } from 'zod';
import { Exclusion, RequestedCluster } from './cluster.ts';

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];

export const Problem = z
  .looseObject({
    type: z.string().describe('A URI of the kind of problem.'),
    title: z.string(),
    status: z.number().int(),
    detail: z.string().describe('What is wrong with this request.'),
    code: z.enum(codes).describe('Stable, for programs.'),
    requestId: z.string().describe('What to name when asking for help.'),
    fix: z.string().optional().describe('What the caller can do about it.'),
    fields: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .describe('With `invalid_request`: each wrong field, as `body.processor.modelIds.0`.'),
    matching: z.number().int().optional().describe('With `unfulfillable`: how many workers match.'),
    freeAt: z.string().optional().describe('With `unfulfillable`: when enough hired workers are expected to be free.'),
    exclusions: z.array(Exclusion).optional().describe('With `unfulfillable`: why not, dimension by dimension.'),
    nearest: z
      .array(RequestedCluster)
      .optional()
      .describe('With `unfulfillable`: the nearest requests that would work.'),
  })
  .meta({ id: 'Problem', description: 'A refusal (RFC 9457).' });
