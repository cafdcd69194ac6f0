/** Network. */
import { Page } from '../../design/page.tsx';

export function NetworkPage() {
  return <Page title="Network">{null}</Page>;
}
