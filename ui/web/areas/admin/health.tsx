/** Health. */
import { Page } from '../../design/page.tsx';

export function Health() {
  return <Page title="Health">{null}</Page>;
}
