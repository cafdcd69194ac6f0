/** One of the organizations, to narrow a list by. */
import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useText } from '../../messages/index.ts';
import { organizationsQuery } from './queries.ts';

interface OrganizationSelectProps {
  label: string;
  value: string | undefined;
  onChange: (id: string | null) => void;
}

export function OrganizationSelect({ label, value, onChange }: OrganizationSelectProps) {
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
