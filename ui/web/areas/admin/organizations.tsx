/** Organizations. */
import { Page } from '../../design/page.tsx';

export function Organizations() {
  return <Page title="Organizations">{null}</Page>;
}
