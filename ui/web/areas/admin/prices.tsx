/** Price book. */
import { Page } from '../../design/page.tsx';

export function Prices() {
  return <Page title="Price book">{null}</Page>;
}
