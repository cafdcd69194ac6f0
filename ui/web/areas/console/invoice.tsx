/** Invoice. */
import { Page } from '../../design/page.tsx';

export function InvoicePage() {
  return <Page title="Invoice">{null}</Page>;
}
