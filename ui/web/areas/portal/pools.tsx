/** Pools. */
import { Page } from '../../design/page.tsx';

export function Pools() {
  return <Page title="Pools">{null}</Page>;
}
