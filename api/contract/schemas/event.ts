/** What happened, as timelines and the feed tell it; and the audit of who called what. */
import { subjectKinds } from '@muster/common';
import { z } from 'zod';
import { Instant, JsonObject, OrganizationId, pageOf, Sequence } from './primitives.ts';

export const Event = z
  .object({
    id: z.string(),
    subjectKind: z.enum(subjectKinds),
    subjectId: z.string(),
    type: z.string().describe('`<subject>.<what>`, such as `cluster.running`.'),
    state: z.string().nullable().describe("The subject's state after it, when its life went on by it."),
    version: z.number().int().nullable(),
    actorId: z.string().describe('Who did it: a person, an API key, a worker, or `system:<process>`.'),
    reason: z.string(),
    body: JsonObject,
    at: Instant,
  })
  .meta({ id: 'Event' });
export const EventPage = pageOf('EventPage', Event);

export const AuditEvent = z
  .object({
    seq: Sequence,
    at: Instant,
    requestId: z.string(),
    actorId: z.string(),
    organizationId: OrganizationId.nullable(),
    method: z.string(),
    path: z.string(),
    ip: z.string(),
    outcome: z.string(),
    details: JsonObject,
    hash: z.string().describe('Of this row and the hash before it: a changed or missing row breaks the chain.'),
  })
  .meta({ id: 'AuditEvent' });
export const AuditPage = pageOf('AuditPage', AuditEvent);
