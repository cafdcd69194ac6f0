/** Members. */
import { Page } from '../../design/page.tsx';

export function Members() {
  return <Page title="Members">{null}</Page>;
}
