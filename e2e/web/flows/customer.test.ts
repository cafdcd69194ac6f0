/** The main job in a browser: from signing up to an invoice that adds up, with an operator who grants the credit. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { answer, type Schemas } from '@muster/contract/client';
import type { Browser, Page } from 'playwright-core';
import { brokenInvariants, clientOf, demoImage, musterJson, ownModel, until } from '../../platform.ts';
import { openBrowser } from '../browser.ts';
import { button, checkbox, dialog, hands, heading, link, region, secret, seen, tab, textbox } from '../hands.ts';
import { leave, logIn, type Visit, visit } from '../visit.ts';
import { running, terminate } from './cluster.ts';

let browser: Browser;
let model: Schemas['HardwareModel'];
beforeAll(async () => {
  browser = await openBrowser();
  const { modelId } = await ownModel();
  const { items } = await musterJson<{ items: Schemas['HardwareModel'][] }>('customer', 'models');
  model = items.find(({ id }) => id === modelId)!;
}, 120_000);
afterAll(() => browser?.close());

/** Those that a flow made, so that one that failed keeps no worker from the next. */
const organizations: string[] = [];
afterEach(async () => {
  const { internal } = clientOf('operator');
  for (const organizationId of organizations.splice(0)) {
    const { items } = await answer(internal.GET('/clusters', { params: { query: { organizationId, live: true } } }));
    for (const { id } of items) {
      const params = { path: { clusterId: id } };
      await internal.POST('/clusters/{clusterId}/terminate', { params, body: { reason: 'the test is over' } });
    }
  }
});

/** Signs up with an organization of this name. */
async function signUp({ page, hand }: Visit, organization: string): Promise<void> {
  await page.goto('/');
  await hand.press(link(page, 'Sign up and start'));
  await hand.type(textbox(page, 'Your name'), 'Flora Flow');
  await hand.type(textbox(page, 'Organization'), organization);
  await hand.type(textbox(page, 'E-mail'), `${organization}@muster.example`);
  await hand.type(secret(page, /^Password/), 'correct horse battery staple');
  await hand.press(button(page, 'Sign up'));
  await seen(heading(page, 'Overview'));
  const me: Schemas['Me'] = await (await page.request.get('/v1/me')).json();
  organizations.push(me.organization.id);
}

/** An operator finds the organization and grants it 5 USD. */
async function grantCredit({ page, hand }: Visit, organization: string): Promise<void> {
  await hand.follow('Organizations');
  await hand.type(page.getByRole('searchbox', { name: /Organizations$/ }), organization);
  await hand.press(link(page, organization));
  await hand.press(button(page, 'Grant credit…'));
  await hand.type(textbox(dialog(page), 'Amount in US dollars'), '5');
  await hand.type(textbox(dialog(page), 'Reference'), `credit-${organization}`);
  await hand.press(button(dialog(page), 'Grant credit'));
  await seen(page.getByText(`${organization} has the credit`));
}

/** Asks the wizard for one worker of this machine's own model. */
async function order({ page, hand }: Visit): Promise<void> {
  await hand.press(button(page, 'Next'));
  await hand.type(page.getByRole('searchbox', { name: 'Search models' }), model.name);
  await hand.check(checkbox(page, new RegExp(`^${model.name}`)));
  await seen(page.getByRole('complementary', { name: 'Live quote' }).getByText('per hour'));
  await hand.press(link(page, /^8\. Review/));
  await hand.press(button(page, 'Create the cluster'));
}

/** The invoice whose page is open, by this browser's own session. */
function invoiceOn(page: Page): Promise<Schemas['InvoiceWithLines']> {
  const id = new URL(page.url()).pathname.split('/').at(-1);
  return page.request.get(`/v1/invoices/${id}`).then((response) => response.json());
}

describe('a new customer', () => {
  test.each(hands)(
    'signs up, is granted credit, runs a task on a cluster, reads its log, opens a shell, and is billed to the micro-unit, with $name',
    async (kind) => {
      const customer = await visit(browser, kind);
      const { page, hand } = customer;
      const organization = `flow-${Date.now().toString(36)}`;
      await signUp(customer, organization);
      await hand.follow('Billing');
      await seen(page.getByText('can be spent'));

      const operator = await visit(browser, kind);
      await logIn(operator, 'operator', '/admin');
      await grantCredit(operator, organization);
      expect(await leave(operator)).toEqual([]);
      // The page that was open all the time says so by itself.
      await seen(page.getByText(/^(US)?\$5\.00$/));

      await until('a free worker', async () => (await ownModel()).modelId === model.id);
      await hand.follow('Clusters');
      await hand.press(link(page.getByRole('main'), 'New cluster').first());
      await order(customer);
      await running(customer);

      await hand.press(tab(page, 'Tasks'));
      await hand.press(button(page, 'Run a task'));
      const form = dialog(page);
      await hand.type(textbox(form, 'Image'), demoImage);
      await hand.type(textbox(form, 'Command'), 'sh\n-c\necho "this is rank $RANK"; sleep 600');
      await hand.press(button(form, 'Run'));
      await seen(dialog(page).getByText('Running', { exact: true }), 90);
      await hand.press(link(dialog(page), 'Logs'));
      await seen(page.getByRole('log').getByText('this is rank 0'));

      await hand.press(tab(page, 'Shell'));
      await hand.press(button(page, 'Open a shell'));
      const shell = region(page, 'Shell on rank 0');
      await seen(shell.getByText('Connected', { exact: true }));
      await hand.focus(textbox(shell, 'Shell on rank 0'));
      await page.keyboard.type('echo the answer is $((6 * 7))\n');
      await seen(shell.getByText('the answer is 42'));
      // Tab belongs to the shell.
      await page.keyboard.press('Control+Shift+L');

      await terminate(customer);
      await hand.press(tab(page, 'Cost'));
      await hand.press(link(page, /^Open the invoice/));
      await seen(page.getByText('Re-derived here: equal to the micro-unit'));
      const { lines, totalMicroUsd } = await invoiceOn(page);
      const charged = lines.reduce((sum, line) => sum + BigInt(line.chargeMicroUsd), 0n);
      expect(charged).toBe(BigInt(totalMicroUsd));
      expect(charged).toBeGreaterThan(0n);
      expect(await leave(customer)).toEqual([]);
      expect(await brokenInvariants()).toEqual([]);
    },
    300_000,
  );
});
