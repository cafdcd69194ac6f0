/** The feed of events. */
import { subjectKinds } from '@muster/common';
import { z } from 'zod';
import { route } from '../route.ts';
import { listOf } from '../schemas/primitives.ts';

export const events = {
  follow: route({
    method: 'get',
    path: '/events',
    summary: 'What happens in your organization, as it happens',
    description:
      'Server-sent events: `event` is the type, `data` an `Event`, `id` the position. A client that comes back with `Last-Event-ID` misses nothing; one without begins now.',
    access: { scope: 'clusters:read' },
    query: z.strictObject({ subject: listOf(z.enum(subjectKinds), subjectKinds.length).optional() }),
    stream: 'text/event-stream',
    resumable: true,
    errors: ['unavailable'],
  }),
};
