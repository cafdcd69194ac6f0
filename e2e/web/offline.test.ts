/** A network that goes away: every page says so, keeps what it shows, and is right again by itself when the network is back. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { demo } from '../platform.ts';
import {
  allAddresses,
  contextOf,
  filled,
  findThings,
  openBrowser,
  ownerOf,
  settled,
  shownPath,
  type Things,
  type Watched,
  watch,
} from './browser.ts';
import { type Cable, startCable } from './cable.ts';

const notice = 'Muster cannot be reached';
/** The feed opens its stream again at most so much later, and the page then asks for everything once more. */
const recoversWithinMs = 30_000;
/** Pages in browsers of their own: a browser opens six connections to a host. */
const atOnce = 6;

let browser: Browser;
let things: Things;
let cable: Cable;
beforeAll(async () => {
  things = await findThings();
  browser = await openBrowser();
  cable = await startCable(demo.url);
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await cable?.remove();
});

interface Opened {
  path: string;
  context: BrowserContext;
  page: Page;
  watched: Watched;
  /** What is set off on the page from the beginning, such as an explanation. */
  notes: string[];
}

async function openAll(addresses: typeof allAddresses): Promise<Opened[]> {
  const opened: Opened[] = [];
  for (const address of addresses) {
    const context = await contextOf(browser, ownerOf(address), { url: cable.url });
    const page = await context.newPage();
    const watched = watch(page);
    const path = filled(address, things);
    await page.goto(path, { waitUntil: 'commit' });
    await settled(page, watched, 40);
    // Gone when the page is loaded anew.
    await page.evaluate('globalThis.sameDocument = true');
    opened.push({ path, context, page, watched, notes: await page.getByRole('alert').allTextContents() });
  }
  return opened;
}

/** What is wrong with a page while nothing answers. */
async function wrongWhileOffline({ path, page }: Opened): Promise<string[]> {
  const said = await page
    .getByText(notice)
    .waitFor({ timeout: recoversWithinMs })
    .then(
      () => true,
      () => false,
    );
  const title = await page.locator('h1').count();
  return [...(said ? [] : [`${path}: does not say that nothing answers`]), ...(title ? [] : [`${path}: is gone`])];
}

/** What is wrong with a page after the network is back. */
async function wrongAfterwards({ path, page, watched, notes }: Opened): Promise<string[]> {
  const recovered = await page
    .getByText(notice)
    .waitFor({ state: 'hidden', timeout: recoversWithinMs })
    .then(
      () => true,
      () => false,
    );
  if (!recovered) return [`${path}: still says that nothing answers`];
  await settled(page, watched, 40);
  const wrong: string[] = [];
  if (!(await page.evaluate('globalThis.sameDocument === true'))) wrong.push(`${path}: was loaded anew`);
  if (shownPath(page.url()) !== path) wrong.push(`${path}: led to ${page.url()}`);
  const alerts = await page.getByRole('alert').allTextContents();
  // A note may tell of a moment, so one is known by its beginning.
  const isNew = (alert: string) => !notes.some((note) => note.slice(0, 20) === alert.slice(0, 20));
  for (const alert of alerts.filter(isNew)) wrong.push(`${path}: shows ${alert}`);
  return wrong;
}

/** Lets the pages be without network for a time, and tells what was wrong. */
async function cutFor(addresses: typeof allAddresses, milliseconds: number): Promise<string[]> {
  const wrong: string[] = [];
  const opened = await openAll(addresses);
  try {
    await cable.cut();
    const [{ page }] = opened as [Opened];
    for (const each of opened) wrong.push(...(await wrongWhileOffline(each)));
    await page.waitForTimeout(milliseconds);
    for (const each of opened) wrong.push(...(await wrongWhileOffline(each)));
    await cable.mend();
    wrong.push(...(await Promise.all(opened.map(wrongAfterwards))).flat());
  } finally {
    await cable.mend();
    for (const { context } of opened) await context.close();
  }
  return wrong;
}

describe('without a network', () => {
  test('every page says so, and recovers without being loaded again', async () => {
    const wrong: string[] = [];
    for (let first = 0; first < allAddresses.length; first += atOnce) {
      wrong.push(...(await cutFor(allAddresses.slice(first, first + atOnce), 2_000)));
    }
    expect(wrong).toEqual([]);
  }, 600_000);

  test('a minute of it changes nothing about that', async () => {
    const addresses = ['/', '/console', '/console/clusters/$clusterId', '/portal', '/admin'] as const;
    expect(await cutFor([...addresses], 60_000)).toEqual([]);
  }, 300_000);

  test('a machine that knows that it has none is told at once, and again when it has', async () => {
    const [opened] = (await openAll(['/console/clusters'])) as [Opened];
    await opened.context.setOffline(true);
    expect(await wrongWhileOffline(opened)).toEqual([]);
    await opened.page.waitForTimeout(3_000);
    await opened.context.setOffline(false);
    expect(await wrongAfterwards(opened)).toEqual([]);
    await opened.context.close();
  }, 120_000);

  test('a page that is opened meanwhile comes when the network does', async () => {
    const [opened] = (await openAll(['/console'])) as [Opened];
    const { page, watched, context } = opened;
    await cable.cut();
    try {
      await page.getByText(notice).waitFor({ timeout: recoversWithinMs });
      // A page whose files the browser does not have yet.
      await page.getByRole('link', { name: 'Members' }).click();
      await page.waitForTimeout(5_000);
    } finally {
      await cable.mend();
    }
    await page.getByText(notice).waitFor({ state: 'hidden', timeout: recoversWithinMs });
    await page.getByRole('alert').waitFor({ state: 'hidden', timeout: recoversWithinMs });
    await settled(page, watched, 40);
    expect(await wrongAfterwards({ ...opened, path: '/console/members' })).toEqual([]);
    await context.close();
  }, 120_000);
});
