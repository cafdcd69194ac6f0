/** The hands notice what would keep somebody from using a page; else the flows would prove nothing. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser } from './browser.ts';
import { button, hands, type KindOfHand } from './hands.ts';

const [, narrow, keyboard] = hands as [KindOfHand, KindOfHand, KindOfHand];
let browser: Browser;
let page: Page;
beforeAll(async () => {
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: narrow.look.width, height: narrow.look.height } });
});
afterAll(() => browser?.close());

const press = async (kind: KindOfHand, content: string) => {
  await page.setContent(`<main><a href="#">Before</a> ${content}</main>`);
  await kind.on(page).press(button(page, 'Go'));
};

describe('the keyboard alone', () => {
  test('presses what Tab leads to, with a focus that is seen', async () => {
    await press(keyboard, '<button onclick="document.title = 1">Go</button>');
    expect(await page.title()).toBe('1');
  });

  test('does not press what Tab passes by', async () => {
    await expect(press(keyboard, '<div role="button" onclick="">Go</div>')).rejects.toThrow(/'Go'.* cannot be reached/);
  });

  test('does not press what does not show that it has the focus', async () => {
    const content = '<style>button:focus { outline: none }</style><button>Go</button>';
    await expect(press(keyboard, content)).rejects.toThrow('nothing marks it');
  });

  test('does not press what something else stands before', async () => {
    const content = '<div style="position: fixed; inset: 0; background: white"></div><button>Go</button>';
    await expect(press(keyboard, content)).rejects.toThrow('something stands before it');
  });
});

test('a narrow screen notices a page that is wider than itself', async () => {
  await press(narrow, '<button>Go</button>');
  const content = '<button>Go</button><div style="width: 500px">wide</div>';
  await expect(press(narrow, content)).rejects.toThrow(/scrolls sideways.*wide/);
});
