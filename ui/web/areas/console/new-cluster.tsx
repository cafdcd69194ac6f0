/** New cluster. */
import { Page } from '../../design/page.tsx';

export function NewCluster() {
  return <Page title="New cluster">{null}</Page>;
}
