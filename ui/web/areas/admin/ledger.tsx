/** Ledger. */
import { Page } from '../../design/page.tsx';

export function Ledger() {
  return <Page title="Ledger">{null}</Page>;
}
