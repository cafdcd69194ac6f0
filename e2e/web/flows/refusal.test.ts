/** A request that finds no workers: the customer is told why not, takes the nearest that would work, and gets it. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { endClusters } from '../../platform.ts';
import { openBrowser } from '../browser.ts';
import { button, checkbox, hands, link, seen, toggle } from '../hands.ts';
import { leave, logIn, visit } from '../visit.ts';
import { running, terminate } from './cluster.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());
afterEach(() => endClusters('customer'), 120_000);

describe('a customer who asks for what there is not', () => {
  test.each(hands)(
    'is told why not and what would work, takes that, and gets it, with $name',
    async (kind) => {
      const customer = await visit(browser, kind);
      const { page, hand } = customer;
      await logIn(customer, 'customer');
      await hand.follow('Clusters');
      await hand.press(link(page.getByRole('main'), 'New cluster').first());

      await hand.check(toggle(page, /^Try with simulated workers/));
      await hand.press(button(page, 'Next'));
      await hand.type(page.getByRole('searchbox', { name: 'Search models' }), 'H100 80GB SXM');
      await hand.check(checkbox(page, /H100 80GB SXM/));
      const quote = page.getByRole('complementary', { name: 'Live quote' });
      await seen(quote.getByText('per hour'));

      await hand.press(link(page, /^5\. Compliance/));
      await hand.check(checkbox(page, /^HIPAA/));
      const whyNot = quote.getByRole('list', { name: 'Why not' });
      await seen(whyNot.getByText(/^HIPAA: .*lack HIPAA/));

      // Asked for all the same, it is refused with the same reasons, and with a way out.
      await hand.press(link(page, /^8\. Review/));
      const refused = page.getByRole('alert', { name: 'This could not be created just now' });
      await seen(refused.getByRole('list', { name: 'Why not' }).getByText(/^HIPAA: .*lack HIPAA/));
      await hand.press(button(refused, /^Ask for this instead: Compliance: HIPAA → Nothing required$/));

      await hand.press(button(page, 'Create the cluster'));
      await running(customer);
      await seen(page.getByText('Simulated', { exact: true }));
      await terminate(customer);
      expect(await leave(customer, ['POST /v1/quotes: 422'])).toEqual([]);
    },
    120_000,
  );
});
