/** A cluster by its name, as a link to its page, where money is told by its id. */
import { useQuery } from '@tanstack/react-query';
import { useMay } from '../../../app/session.ts';
import { TextLink } from '../../../design/links.tsx';
import { Id } from '../../../design/values.tsx';
import { clusterNamesQuery } from './queries.ts';

/** The names of one's clusters; their ids where clusters may not be seen. */
export function useClusterName(): (clusterId: string) => string {
  const mayRead = useMay('clusters:read');
  const { data: names } = useQuery({ ...clusterNamesQuery, enabled: mayRead });
  return (clusterId) => names?.get(clusterId) ?? clusterId;
}

export function ClusterLink({ id }: { id: string }) {
  const nameOf = useClusterName();
  const mayRead = useMay('clusters:read');
  if (!mayRead) return <Id id={id} short />;
  return (
    <TextLink to="/console/clusters/$clusterId" params={{ clusterId: id }} title={id} fz="inherit">
      {nameOf(id)}
    </TextLink>
  );
}
