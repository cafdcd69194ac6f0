/** Market. */
import { Page } from '../../design/page.tsx';

export function Market() {
  return <Page title="Market">{null}</Page>;
}
