/** Attestations. */
import { Page } from '../../design/page.tsx';

export function Attestations() {
  return <Page title="Attestations">{null}</Page>;
}
