/** Overview. */
import { Page } from '../../design/page.tsx';

export function Overview() {
  return <Page title="Overview">{null}</Page>;
}
