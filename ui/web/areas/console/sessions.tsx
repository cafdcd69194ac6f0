/** Sessions. */
import { Page } from '../../design/page.tsx';

export function Sessions() {
  return <Page title="Sessions">{null}</Page>;
}
