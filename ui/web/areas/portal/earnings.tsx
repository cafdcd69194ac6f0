/** Earnings. */
import { Page } from '../../design/page.tsx';

export function EarningsPage() {
  return <Page title="Earnings">{null}</Page>;
}
