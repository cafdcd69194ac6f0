/** An operator's round: every page of the admin, and everything that is done there to a customer, a price and a worker. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { answer, createMusterClient, type Schemas } from '@muster/contract/client';
import type { Browser, Page } from 'playwright-core';
import { brokenInvariants, clientOf, demo, endClusters } from '../../platform.ts';
import { openBrowser } from '../browser.ts';
import { button, combobox, dialog, hands, heading, link, radio, seen, textbox } from '../hands.ts';
import { leave, logIn, type Visit, visit } from '../visit.ts';

const api = clientOf('operator').internal;
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
  // So that there is something to see, also on a stack where nobody has had a cluster yet.
  const request = {
    kind: 'container' as const,
    processor: { modelIds: ['nvidia-t4'], devicesPerWorker: 1 },
    workers: 1,
    simulated: true,
  };
  await answer(clientOf('customer').public.POST('/clusters', { body: { request, awaitPayment: false } }));
}, 60_000);
afterAll(async () => {
  await endClusters('customer');
  await browser?.close();
}, 120_000);

/** A simulated worker that nobody has hired. */
async function idleWorker(): Promise<Schemas['FleetWorker']> {
  const { items } = await answer(api.GET('/fleet'));
  return items.find((worker) => worker.simulated && worker.status === 'idle' && worker.serviceTier === 'economy')!;
}

/** A customer of this round alone. */
async function signUp(name: string): Promise<string> {
  const body = { email: `${name}@muster.example`, password: 'correct horse battery', name, organizationName: name };
  const { organization } = await answer(createMusterClient({ url: demo.url }).public.POST('/signup', { body }));
  return organization.id;
}

const search = (page: Page, table: string) => page.getByRole('searchbox', { name: `Search: ${table}` });

async function customer({ page, hand }: Visit, name: string): Promise<void> {
  await hand.follow('Organizations');
  await hand.type(search(page, 'Organizations'), name);
  await hand.press(link(page, name));
  await hand.press(button(page, 'Set quota…'));
  await hand.type(textbox(dialog(page), 'The most devices leased at once'), '7');
  await hand.press(button(dialog(page), 'Set quota'));
  await seen(page.getByText('Quota: 7'));
  await hand.press(button(page, 'Grant credit…'));
  await hand.type(textbox(dialog(page), 'Amount in US dollars'), '12.345678');
  await hand.type(textbox(dialog(page), 'Reference'), `round-${name}`);
  await hand.press(button(dialog(page), 'Grant credit'));
  await seen(page.getByText('US$12.345678'));
}

async function ledger({ page, hand }: Visit, name: string, organizationId: string): Promise<void> {
  await hand.follow('Ledger');
  await hand.choose(combobox(page, 'Organization'), name);
  await seen(page.getByText('US$12.345678'));
  const { items } = await answer(api.GET('/ledger', { params: { query: { organizationId } } }));
  await hand.press(link(page, 'Show all'));
  await hand.type(textbox(page, 'Transaction'), items[0]!.transactionId);
  await page.keyboard.press('Enter');
  await seen(page.getByText('Sums to zero'));
}

async function price({ page, hand }: Visit, name: string, amount: string): Promise<void> {
  await hand.press(button(page, `Change… ${name}`));
  await hand.type(textbox(dialog(page), /^New base price/), amount);
  await seen(dialog(page).getByRole('row', { name: /^Europe Simulated/ }));
  await hand.press(button(dialog(page), 'Set this price'));
  await dialog(page).waitFor({ state: 'hidden' });
  await seen(page.getByRole('main').getByText(`US$${amount}`));
}

/** Blocks a worker and admits it again, raises its tier and lowers it again, attests something of it and revokes that. */
async function worker({ page, hand }: Visit, { name }: Schemas['FleetWorker']): Promise<void> {
  await hand.follow('Fleet');
  await hand.type(search(page, 'Fleet'), name);
  await hand.press(link(page, name));
  const status = page.getByRole('region', { name: 'Status' });

  await hand.press(button(page, 'Block…'));
  await hand.type(textbox(dialog(page), 'Reason'), 'a round of the operator');
  await hand.press(button(dialog(page), 'Block'));
  await seen(status.getByText('Blocked'));
  await hand.press(button(page, 'Unblock…'));
  await hand.type(textbox(dialog(page), 'Reason'), 'the round is over');
  await hand.press(button(dialog(page), 'Unblock'));
  await seen(status.getByText('Idle'));

  for (const tier of ['Priority', 'Economy']) {
    await hand.press(button(page, 'Service tier…'));
    await hand.choose(combobox(dialog(page), 'Service tier'), tier);
    await hand.press(button(dialog(page), 'Set the tier'));
    await dialog(page).waitFor({ state: 'hidden' });
    await seen(page.getByRole('region', { name: 'Properties' }).getByText(tier));
  }

  await hand.press(button(page, 'Attest…'));
  await hand.choose(combobox(dialog(page), 'Compliance'), 'ISO 27001');
  await hand.type(textbox(dialog(page), 'Evidence'), 'certificate 1 of the flow');
  await hand.press(button(dialog(page), 'Attest'));
  await hand.press(button(page, 'Revoke: ISO 27001'));
  await hand.press(button(dialog(page), 'Revoke'));
  await seen(page.getByText('Revoked', { exact: true }));
}

describe('an operator', () => {
  test.each(hands)(
    'goes through every page of the admin and acts where something is to be done, with $name',
    async (kind) => {
      const operator = await visit(browser, kind);
      const { page, hand } = operator;
      const name = `round-${Date.now().toString(36)}`;
      const organizationId = await signUp(name);

      await logIn(operator, 'operator', '/admin');
      await hand.press(button(page, 'Check now'));
      await seen(page.getByText('Every invariant holds'));

      await worker(operator, await idleWorker());
      await hand.follow('Pools');
      await seen(page.getByText('Community').first());
      await hand.follow('Attestations');
      await seen(page.getByText('Revoked', { exact: true }));
      await hand.follow('Supply and demand');
      await hand.check(radio(page, '7 days'));
      await seen(heading(page, 'Demand: asked for'));

      await hand.follow('Clusters');
      await hand.check(radio(page, 'All'));
      await seen(page.getByRole('table', { name: /Clusters/ }));
      await customer(operator, name);
      await ledger(operator, name, organizationId);
      await hand.follow('Price book');
      const model = 'NVIDIA T4';
      await hand.type(search(page, 'Price book'), model);
      const { items: book } = await answer(api.GET('/price-book'));
      const before = Number(book.find(({ modelId }) => modelId === 'nvidia-t4')!.priceMicroUsdPerHour) / 1e6;
      await price(operator, model, (before + 0.01).toFixed(2));
      await price(operator, model, before.toFixed(2));

      await hand.follow('Health');
      await seen(page.getByText(/^(All is|\d+ (is|are) not) well\.$/));
      await hand.follow('Invariants');
      await seen(page.getByText('Every invariant holds.'));
      await hand.press(button(page, 'Check again'));
      await seen(page.getByText('Every invariant holds.'));
      await hand.follow('Dead letters');
      // None can be made from outside: tests that kill processes may have left some.
      await seen(page.getByText('There are no dead letters').or(button(page, 'Replay all')));
      await hand.follow('Audit');
      await hand.press(button(page, 'Verify the chain'));
      await seen(page.getByText('Whole'));

      expect(await leave(operator)).toEqual([]);
      expect(await brokenInvariants()).toEqual([]);
    },
    240_000,
  );
});
