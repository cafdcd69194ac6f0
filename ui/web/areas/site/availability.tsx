/** Available now. */
import { Page } from '../../design/page.tsx';

export function Availability() {
  return <Page title="Available now">{null}</Page>;
}
