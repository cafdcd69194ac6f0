/** Invariants. */
import { Page } from '../../design/page.tsx';

export function Invariants() {
  return <Page title="Invariants">{null}</Page>;
}
