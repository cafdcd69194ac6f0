/** Somebody at a browser of their own, who acts with hands of some kind. */
import type { Browser, Page } from 'playwright-core';
import { demo, type Role } from '../platform.ts';
import { contextOf, type Watched, watch } from './browser.ts';
import { button, type Hand, type KindOfHand, secret, textbox } from './hands.ts';

export interface Visit {
  page: Page;
  hand: Hand;
  watched: Watched;
}

/** A new visitor, in a context of their own. */
export async function visit(browser: Browser, { look, on }: KindOfHand): Promise<Visit> {
  const context = await contextOf(browser, 'visitor', { look });
  const page = await context.newPage();
  return { page, hand: on(page), watched: watch(page) };
}

/** Logs in as one of the demo's people, on the page for it. */
export async function logIn({ page, hand }: Visit, role: Role, to = '/console'): Promise<void> {
  await page.goto(`/login?to=${encodeURIComponent(to)}`);
  await hand.type(textbox(page, 'E-mail'), demo[role].email);
  await hand.type(secret(page, /^Password/), demo[role].password);
  await hand.press(button(page, 'Log in'));
  await page.waitForURL(`**${to}`);
  // The address changes first, and its page comes when it is loaded: until then the menu is the site's.
  await textbox(page, 'E-mail').waitFor({ state: 'hidden' });
}

/**
 * Ends a visit.
 *
 * @param provoked the refusals that were asked for on purpose, such as `POST /v1/quotes: 409`
 * @returns everything else that the pages complained about
 */
export async function leave({ page, watched }: Visit, provoked: string[] = []): Promise<string[]> {
  await page.context().close();
  const statuses = provoked.map((refusal) => refusal.split(': ')[1]);
  return watched.complaints.filter(
    (complaint) =>
      !provoked.some((refusal) => complaint.endsWith(`: ${refusal}`)) &&
      !statuses.some((status) => complaint.includes(`responded with a status of ${status}`)),
  );
}
