/** Every page, as everybody: nothing fails behind it, no link leads nowhere, and nobody finds what is not for them. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { demo } from '../platform.ts';
import {
  type Address,
  addresses,
  allAddresses,
  contextOf,
  everybody,
  filled,
  finds,
  findThings,
  open,
  openBrowser,
  ownerOf,
  settled,
  type Things,
  type Watched,
  type Who,
  watch,
} from './browser.ts';

let browser: Browser;
let things: Things;
beforeAll(async () => {
  things = await findThings();
  browser = await openBrowser();
}, 180_000);
afterAll(() => browser?.close());

const nothingHere = 'There is nothing here';

/** Whether the page at an address is to be looked at as this person: another's things are not theirs to see. */
async function isFor(who: Who, address: Address): Promise<boolean> {
  if (!(await finds(who, addresses[address]))) return false;
  return !address.includes('$') || ownerOf(address) === 'visitor' || ownerOf(address) === who;
}

async function inContext(who: Who, work: (page: Page, watched: Watched, context: BrowserContext) => Promise<void>) {
  const context = await contextOf(browser, who);
  try {
    const page = await context.newPage();
    await work(page, watch(page), context);
  } finally {
    await context.close();
  }
}

describe.each(everybody)('every page, as %s', (who) => {
  test('opens without an error, a failed request, or a link that leads nowhere', async () => {
    const wrong: string[] = [];
    const links = new Map<string, string>();
    await inContext(who, async (page, watched, context) => {
      for (const address of allAddresses) {
        if (!(await isFor(who, address))) continue;
        const path = filled(address, things);
        // Who is signed in has no use for the pages of signing in, which may send them on.
        await open(page, watched, path).catch((error: Error) => wrong.push(error.message));
        const title = await page.locator('h1').allTextContents();
        if (title.length !== 1 || title[0] === nothingHere) wrong.push(`${path}: has the titles ${title.join(', ')}`);
        for (const link of await linksOf(page)) if (!links.has(link)) links.set(link, path);
      }
      wrong.push(...watched.complaints);
      for (const [link, from] of links) {
        if (!(await leadsSomewhere(context, link))) wrong.push(`${from}: links to ${link}`);
      }
    });
    expect(wrong).toEqual([]);
  }, 300_000);

  test('is nobody else’s: a visitor is asked to log in, and who lacks the right finds nothing', async () => {
    const wrong: string[] = [];
    await inContext(who, async (page, watched) => {
      for (const address of allAddresses) {
        if (await finds(who, addresses[address])) continue;
        const path = filled(address, things);
        await open(page, watched, path).catch((error: Error) => wrong.push(error.message));
        if (who === 'visitor') {
          const { pathname, searchParams } = new URL(page.url());
          if (pathname !== '/login' || searchParams.get('to') !== path) wrong.push(`${path}: led to ${page.url()}`);
        } else {
          const title = await page.locator('h1').textContent();
          if (title !== nothingHere) wrong.push(`${path}: shows ${title}`);
        }
      }
      wrong.push(...watched.complaints);
    });
    expect(wrong).toEqual([]);
  }, 300_000);
});

describe('addresses', () => {
  test('one that nobody has says so', async () => {
    await inContext('visitor', async (page, watched) => {
      await open(page, watched, '/no/such/page');
      expect(await page.locator('h1').textContent()).toBe(nothingHere);
      expect(watched.complaints).toEqual([]);
    });
  });

  test('a page that asked to log in is where one is afterwards', async () => {
    await inContext('visitor', async (page, watched) => {
      await open(page, watched, '/console/billing');
      await page.locator('[name=email]').fill(demo.customer.email);
      await page.locator('[name=password]').fill(demo.customer.password);
      await page.locator('form button[type=submit]').click();
      await page.waitForURL('**/console/billing');
      await settled(page, watched);
      expect(await page.locator('h1').textContent()).not.toBe(nothingHere);
    });
  });
});

/** Addresses of ours that the page links to, without what stands behind `#`. */
async function linksOf(page: Page): Promise<string[]> {
  const here = new URL(page.url());
  const addresses: string[] = await page
    .locator('a[href]')
    .evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
  const targets = addresses.map((address) => new URL(address, here));
  return targets.filter(({ origin }) => origin === here.origin).map(({ pathname, search }) => pathname + search);
}

const pages = allAddresses.map((address) => new RegExp(`^${address.replace(/\$\w+/g, '[^/]+')}/?$`));

/** A page of ours, or something that a program gets there, such as the OpenAPI document. */
async function leadsSomewhere(context: BrowserContext, link: string): Promise<boolean> {
  const { pathname } = new URL(link, demo.url);
  if (pages.some((page) => page.test(pathname))) return true;
  return (await context.request.get(link, { headers: { accept: '*/*' } })).ok();
}
