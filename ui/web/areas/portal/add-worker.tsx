/** Add a worker. */
import { Page } from '../../design/page.tsx';

export function AddWorker() {
  return <Page title="Add a worker">{null}</Page>;
}
