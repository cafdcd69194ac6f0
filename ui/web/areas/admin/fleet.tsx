/** Fleet. */
import { Page } from '../../design/page.tsx';

export function Fleet() {
  return <Page title="Fleet">{null}</Page>;
}
