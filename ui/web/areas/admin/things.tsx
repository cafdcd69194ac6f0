/** Things by their names, linked to their pages, and what one chooses them with. */

import { SegmentedControl, Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useFormat } from '../../design/format.ts';
import { TextLink } from '../../design/links.tsx';
import { useText } from '../../messages/index.ts';
import { useChoice } from './choice.ts';
import { modelsQuery, organizationsQuery, poolsQuery, workerQuery } from './queries.ts';

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
  const { data } = useQuery(modelsQuery);
  return useMemo(() => {
    const names = new Map(data?.map(({ id, name }) => [id, name]));
    return (id) => names.get(id) ?? id;
  }, [data]);
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

interface ChoiceProps {
  label: string;
  value: string | undefined;
  onChange: (id: string | null) => void;
}

export function OrganizationSelect({ label, value, onChange }: ChoiceProps) {
  const { data = [] } = useQuery(organizationsQuery);
  const text = useText('common');
  return (
    <Select
      label={label}
      placeholder={text.table.any}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': text.actions.remove }}
      limit={50}
      data={data.map(({ id, name }) => ({ value: id, label: name }))}
      value={value ?? null}
      onChange={onChange}
    />
  );
}

/** When something that is read only when asked was read. */
export function CheckedAt({ query }: { query: { dataUpdatedAt: number } }) {
  const text = useText('admin').things;
  const format = useFormat();
  return <>{text.checkedAt(format.time(new Date(query.dataUpdatedAt)))}</>;
}

export const supplies = ['real', 'simulated'] as const;

/** Whether the page tells of real or of simulated supply: kept in the address, and never both at once. */
export function useSupply() {
  const [supply, set] = useChoice('supply', 'real', supplies);
  return { simulated: supply === 'simulated', supply, set };
}

export function SupplySwitch() {
  const text = useText('admin').things;
  const { supply, set } = useSupply();
  return (
    <SegmentedControl
      aria-label={text.supply}
      data={supplies.map((each) => ({ value: each, label: text.supplies[each] }))}
      value={supply}
      onChange={set}
    />
  );
}
