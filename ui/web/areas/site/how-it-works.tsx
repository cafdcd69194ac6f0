/** How it works. */
import { Page } from '../../design/page.tsx';

export function HowItWorks() {
  return <Page title="How it works">{null}</Page>;
}
