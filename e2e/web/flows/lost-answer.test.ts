/** An order whose answer is lost: the customer asks again, and has one cluster, not two. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { answer } from '@muster/contract/client';
import type { Browser } from 'playwright-core';
import { clientOf, endClusters } from '../../platform.ts';
import { contextOf, openBrowser } from '../browser.ts';
import { button, seen } from '../hands.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());
afterEach(() => endClusters('customer'), 120_000);

test('an order whose answer is lost is asked for again, and made once', async () => {
  const name = `lost-${Date.now().toString(36)}`;
  const context = await contextOf(browser, 'customer');
  const page = await context.newPage();
  const lost = { answers: 0 };
  await page.route('**/v1/clusters', async (route) => {
    if (route.request().method() !== 'POST' || lost.answers > 0) return route.continue();
    lost.answers += (await route.fetch()).ok() ? 1 : 0;
    return route.abort('connectionreset');
  });
  await page.goto(`/console/clusters/new?model=nvidia-t4&simulated=true&name=${name}&step=review`);
  await button(page, 'Create the cluster').click();
  const again = button(page, 'Ask again whether it was made');
  await seen(again);
  // Another quote would be another order.
  expect(await button(page, 'Renew the quote').count()).toBe(0);
  await again.click();
  await seen(page.getByRole('heading', { level: 1 }).getByText(name));
  expect(lost.answers).toBe(1);
  const { items } = await answer(clientOf('customer').public.GET('/clusters', { params: { query: { limit: 100 } } }));
  expect(items.filter((cluster) => cluster.name === name)).toHaveLength(1);
  await context.close();
}, 60_000);
