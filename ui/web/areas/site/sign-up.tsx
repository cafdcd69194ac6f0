/** Sign up. */
import { Page } from '../../design/page.tsx';

export function SignUp() {
  return <Page title="Sign up">{null}</Page>;
}
