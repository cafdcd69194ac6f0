/** Workers. */
import { Page } from '../../design/page.tsx';

export function Fleet() {
  return <Page title="Workers">{null}</Page>;
}
