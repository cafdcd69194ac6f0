/** Dead letters. */
import { Page } from '../../design/page.tsx';

export function DeadLetters() {
  return <Page title="Dead letters">{null}</Page>;
}
