/** Log in. */
import { Page } from '../../design/page.tsx';

export function LogIn() {
  return <Page title="Log in">{null}</Page>;
}
