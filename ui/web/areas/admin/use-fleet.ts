/** The whole fleet, kept live: an event names a worker, and only that worker is read again. */
import { answer, Problem } from '@muster/contract/client';
import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { api } from '../../app/api.ts';
import { useEvents } from '../../app/live.ts';
import { queryClient } from '../../app/queries.ts';
import { inFewWords, patched } from './fleet-patch.ts';
import { fleetQuery } from './queries.ts';

/** Events are gathered for so long, since a worker that joins tells several things at once. */
const gatherMs = 500;
/** When more workers than this have changed at once, the whole fleet is read in one answer. */
const mostAtOnce = 20;

const changedWorkers = new Set<string>();

export function useFleet() {
  useEvents(
    useCallback(({ subjectKind, subjectId }) => {
      if (subjectKind !== 'worker') return;
      if (changedWorkers.size === 0) setTimeout(() => void renew(), gatherMs);
      changedWorkers.add(subjectId);
    }, []),
  );
  return useQuery(fleetQuery);
}

async function renew(): Promise<void> {
  const ids = [...changedWorkers];
  changedWorkers.clear();
  if (ids.length > mostAtOnce) return queryClient.invalidateQueries(fleetQuery);
  try {
    const workers = await Promise.all(
      ids.map((workerId) => answer(api.internal.GET('/workers/{workerId}', { params: { path: { workerId } } }))),
    );
    queryClient.setQueryData(fleetQuery.queryKey, (fleet) => fleet && patched(fleet, workers.map(inFewWords)));
  } catch (error) {
    // What could not be read is read with the whole fleet, whose failure the page shows.
    if (error instanceof Problem) await queryClient.invalidateQueries(fleetQuery);
    else throw error;
  }
}
