/** Every page in both themes under axe: WCAG 2.2 AA, as far as a machine can tell. */
import { AxeBuilder } from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import {
  allAddresses,
  contextOf,
  everybody,
  filled,
  findThings,
  open,
  openBrowser,
  ownerOf,
  type Things,
  watch,
} from './browser.ts';

const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

let browser: Browser;
let things: Things;
beforeAll(async () => {
  things = await findThings();
  browser = await openBrowser();
}, 180_000);
afterAll(() => browser?.close());

describe('WCAG 2.2 AA', () => {
  test.each(everybody)(
    'axe finds nothing on any page of a %s, in either theme',
    async (who) => {
      const context = await contextOf(browser, who);
      const page = await context.newPage();
      const watched = watch(page);
      const found: string[] = [];
      const paths = allAddresses
        .filter((address) => ownerOf(address) === who)
        .map((address) => filled(address, things));
      for (const path of [...paths, '/no/such/page']) {
        await open(page, watched, path).catch((error: Error) => found.push(error.message));
        for (const theme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme: theme });
          await page.waitForTimeout(500); // colours change over a moment, and are too faint on the way
          const { violations } = await new AxeBuilder({ page }).withTags(rules).setLegacyMode().analyze();
          for (const { id, help, nodes } of violations) {
            const places = nodes.slice(0, 3).map(({ target, html }) => `${target.join(' ')} ${html.slice(0, 120)}`);
            found.push(`${path} (${theme}): ${id}, ${help}: ${nodes.length} × ${places.join(' | ')}`);
          }
        }
      }
      await context.close();
      expect(found).toEqual([]);
    },
    300_000,
  );
});
