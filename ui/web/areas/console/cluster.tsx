/** Cluster. */
import { Page } from '../../design/page.tsx';

export function ClusterPage() {
  return <Page title="Cluster">{null}</Page>;
}
