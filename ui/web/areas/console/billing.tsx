/** Billing. */
import { Page } from '../../design/page.tsx';

export function Billing() {
  return <Page title="Billing">{null}</Page>;
}
