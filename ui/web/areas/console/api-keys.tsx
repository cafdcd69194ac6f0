/** API keys. */
import { Page } from '../../design/page.tsx';

export function ApiKeys() {
  return <Page title="API keys">{null}</Page>;
}
