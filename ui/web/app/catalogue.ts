/** What hardware models and countries there are: the same for every area, so it is read once for all of them. */
import { hourMs } from '@muster/common/time';
import { answer } from '@muster/contract/client';
import { queryOptions } from '@tanstack/react-query';
import { api } from './api.ts';

/** A machine of a new kind brings a new model; no event tells of it. */
const staleTime = hourMs;

export const modelsQuery = queryOptions({
  queryKey: ['models'],
  staleTime,
  queryFn: async ({ signal }) => (await answer(api.public.GET('/models', { signal }))).items,
});

/** The same by id. */
export const modelsById = queryOptions({
  ...modelsQuery,
  select: (models) => new Map(models.map((model) => [model.id, model])),
});

export const countriesQuery = queryOptions({
  queryKey: ['countries'],
  staleTime,
  queryFn: async ({ signal }) => (await answer(api.public.GET('/countries', { signal }))).items,
});
