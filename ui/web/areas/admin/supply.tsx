/** Supply and demand. */
import { Page } from '../../design/page.tsx';

export function Supply() {
  return <Page title="Supply and demand">{null}</Page>;
}
