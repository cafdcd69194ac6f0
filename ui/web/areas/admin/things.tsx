/** Things by their names, linked to their pages. */

import { useQuery } from '@tanstack/react-query';
import { useCallback, useMemo } from 'react';
import { modelsById } from '../../app/catalogue.ts';
import { useFormat } from '../../design/format.ts';
import { TextLink } from '../../design/links.tsx';
import { useText } from '../../messages/index.ts';
import { organizationsQuery, poolsQuery, workerQuery } from './queries.ts';

/** The names of organizations; an id stands for one that is not known yet. */
export function useOrganizationName(): (id: string) => string {
  const { data } = useQuery(organizationsQuery);
  return useMemo(() => {
    const names = new Map(data?.map(({ id, name }) => [id, name]));
    return (id) => names.get(id) ?? id;
  }, [data]);
}

export function OrganizationLink({ id }: { id: string }) {
  const nameOf = useOrganizationName();
  return (
    <TextLink inherit to="/admin/organizations/$organizationId" params={{ organizationId: id }}>
      {nameOf(id)}
    </TextLink>
  );
}

/** The names of hardware models; an id stands for one that is not known. */
export function useModelName(): (id: string) => string {
  const { data } = useQuery(modelsById);
  return useCallback((id) => data?.get(id)?.name ?? id, [data]);
}

export function PoolName({ id }: { id: string }) {
  const { data } = useQuery(poolsQuery);
  return <span title={id}>{data?.find((pool) => pool.id === id)?.name ?? id}</span>;
}

/** A worker by its name, which is asked for by itself: only fleets are read as a whole. */
export function WorkerLink({ id }: { id: string }) {
  const { data } = useQuery(workerQuery(id));
  return (
    <TextLink inherit to="/admin/workers/$workerId" params={{ workerId: id }}>
      {data?.name ?? id}
    </TextLink>
  );
}

/** When something that is read only when asked was read. */
export function CheckedAt({ query }: { query: { dataUpdatedAt: number } }) {
  const text = useText('admin').things;
  const format = useFormat();
  return <>{text.checkedAt(format.time(new Date(query.dataUpdatedAt)))}</>;
}
