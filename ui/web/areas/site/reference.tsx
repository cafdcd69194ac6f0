/** API reference. */
import { Page } from '../../design/page.tsx';

export function Reference() {
  return <Page title="API reference">{null}</Page>;
}
