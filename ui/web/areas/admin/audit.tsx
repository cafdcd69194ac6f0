/** Audit. */
import { Page } from '../../design/page.tsx';

export function Audit() {
  return <Page title="Audit">{null}</Page>;
}
