/** Organization. */
import { Page } from '../../design/page.tsx';

export function OrganizationPage() {
  return <Page title="Organization">{null}</Page>;
}
