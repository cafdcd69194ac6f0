/** What an organization reads of itself: members, keys, sessions, audit. */
import { answer, type Schemas } from '@muster/contract/client';
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api } from '../../../app/api.ts';
import { nextPage, pageAfter, rowsOf, whole } from '../../../app/paged.ts';

export type Member = Schemas['Member'];
export type ApiKey = Schemas['ApiKey'];
export type Session = Schemas['Session'];
export type AuditEvent = Schemas['AuditEvent'];

export const membersQuery = queryOptions({
  queryKey: ['members'],
  meta: { live: ['organization'] },
  queryFn: ({ signal }) => whole((query) => answer(api.public.GET('/members', { params: { query }, signal }))),
});

export const apiKeysQuery = queryOptions({
  queryKey: ['api-keys'],
  meta: { live: ['organization'] },
  queryFn: ({ signal }) => whole((query) => answer(api.public.GET('/api-keys', { params: { query }, signal }))),
});

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  meta: { live: ['organization'] },
  queryFn: async ({ signal }) => (await answer(api.public.GET('/sessions', { signal }))).items,
});

export const auditQuery = infiniteQueryOptions({
  queryKey: ['audit'],
  ...nextPage,
  queryFn: ({ pageParam, signal }) =>
    answer(api.public.GET('/audit', { params: { query: pageAfter(pageParam) }, signal })),
  select: rowsOf<AuditEvent>,
});
