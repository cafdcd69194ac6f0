/** What every customer does with a cluster in the end. */
import { button, dialog, seen } from '../hands.ts';
import type { Visit } from '../visit.ts';

/** Terminates the cluster whose page is open, and waits until it has ended. */
export async function terminate({ page, hand }: Visit): Promise<void> {
  await hand.press(button(page, 'Terminate'));
  await hand.press(button(dialog(page), 'Terminate'));
  await seen(page.getByRole('heading', { level: 1 }).getByText('Terminated', { exact: true }), 60);
}

/** The cluster whose page is open, once every worker of it runs. */
export async function running({ page }: Visit): Promise<string> {
  await page.waitForURL(/\/console\/clusters\/clu_/);
  await seen(page.getByRole('heading', { level: 1 }).getByText('Running', { exact: true }), 90);
  return /clu_\w+/.exec(page.url())![0];
}
