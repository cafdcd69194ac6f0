/** Worker. */
import { Page } from '../../design/page.tsx';

export function WorkerPage() {
  return <Page title="Worker">{null}</Page>;
}
