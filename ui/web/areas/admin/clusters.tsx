/** Clusters. */
import { Page } from '../../design/page.tsx';

export function Clusters() {
  return <Page title="Clusters">{null}</Page>;
}
