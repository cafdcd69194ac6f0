/** Settings. */
import { Page } from '../../design/page.tsx';

export function Settings() {
  return <Page title="Settings">{null}</Page>;
}
