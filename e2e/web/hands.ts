/** Three ways to use the same pages: with a pointer, with a finger on a narrow screen, and by keyboard alone. */
import type { Locator, Page } from 'playwright-core';
import { until } from '../platform.ts';
import type { Look } from './browser.ts';
import { activeOption, hiddenFocus, wayTo, whatIsTooWide } from './in-page.ts';

type Scope = Page | Locator;

/** What can be acted on, by its role and its name: whole when a string, in part when a pattern. */
export const button = (scope: Scope, name: string | RegExp) => byRole(scope, 'button', name);
export const link = (scope: Scope, name: string | RegExp) => byRole(scope, 'link', name);
export const radio = (scope: Scope, name: string | RegExp) => byRole(scope, 'radio', name);
export const checkbox = (scope: Scope, name: string | RegExp) => byRole(scope, 'checkbox', name);
export const tab = (scope: Scope, name: string | RegExp) => byRole(scope, 'tab', name);
export const combobox = (scope: Scope, name: string | RegExp) => byRole(scope, 'combobox', name);
export const heading = (scope: Scope, name: string | RegExp) => byRole(scope, 'heading', name);
export const region = (scope: Scope, name: string | RegExp) => byRole(scope, 'region', name);
export const textbox = (scope: Scope, name: string | RegExp) => byRole(scope, 'textbox', name);
export const toggle = (scope: Scope, name: string | RegExp) => byRole(scope, 'switch', name);
/** A field whose content is hidden has no role. */
export const secret = (scope: Scope, label: RegExp) => scope.getByLabel(label).and(scope.locator('input'));
/** The dialog that stands above the page. */
export const dialog = (page: Page) => page.getByRole('dialog');

function byRole(scope: Scope, role: Parameters<Page['getByRole']>[0], name: string | RegExp): Locator {
  return scope.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name });
}

/**
 * Waits until it is there to be seen.
 *
 * @throws Error with what is there in its place
 */
export async function seen(target: Locator, seconds = 30): Promise<void> {
  const [page, first] = [target.page(), target.first()];
  await first.waitFor({ timeout: seconds * 1_000 }).catch(async (cause) => {
    const parts = await page.getByRole('main').or(dialog(page)).all();
    const shown = (await Promise.all(parts.map((part) => part.ariaSnapshot()))).join('\n');
    throw new Error(`Waited ${seconds} s in vain for ${target} at ${page.url()}, where there is\n${shown}`, { cause });
  });
}

/** How somebody acts on a page. Every method waits for what it acts on, and returns when the act is done. */
export abstract class Hand {
  readonly page: Page;
  constructor(page: Page) {
    this.page = page;
  }

  /** A button, a link, a tab or a row of a menu. */
  abstract press(target: Locator): Promise<void>;
  /** Puts a text into a field, in place of what stands there. */
  abstract type(target: Locator, text: string): Promise<void>;
  /** Chooses an option of a list by its whole text. */
  abstract choose(list: Locator, option: string): Promise<void>;
  /** Sets a radio button, a checkbox or a switch. */
  abstract check(target: Locator, on?: boolean): Promise<void>;
  /** Puts the focus on what is then typed into, such as a terminal. */
  abstract focus(target: Locator): Promise<void>;

  /** Follows a link of the navigation. */
  async follow(name: string): Promise<void> {
    await this.press(link(this.page.getByRole('navigation'), name).first());
  }
}

class PointerHand extends Hand {
  async press(target: Locator): Promise<void> {
    await target.click();
    await this.acted();
  }

  async type(target: Locator, text: string): Promise<void> {
    await target.click();
    await this.page.keyboard.press('ControlOrMeta+A');
    if (text === '') await this.page.keyboard.press('Delete');
    else await this.page.keyboard.type(text);
    await this.acted();
  }

  async choose(list: Locator, option: string): Promise<void> {
    if (await isNativeList(list)) await list.selectOption({ label: option });
    else {
      await list.click();
      await byRole(this.page, 'option', option).click();
    }
    await this.acted();
  }

  async check(target: Locator, on = true): Promise<void> {
    await target.waitFor({ state: 'attached' });
    if ((await target.isChecked()) === on) return;
    // The input may be as good as invisible, with its label drawn in its place.
    const label = this.page.locator(`label[for="${await target.getAttribute('id')}"]`);
    await ((await label.count()) > 0 ? label.first() : target).click();
    await until(`${target} to be ${on ? 'on' : 'off'}`, async () => (await target.isChecked()) === on);
    await this.acted();
  }

  async focus(target: Locator): Promise<void> {
    await target.click();
  }

  protected async acted(): Promise<void> {}
}

/** A pointer again, but the navigation is in a drawer, and the page must never be wider than the screen. */
class NarrowHand extends PointerHand {
  override async follow(name: string): Promise<void> {
    await this.press(button(this.page, 'Menu'));
    const row = link(this.page.getByRole('navigation'), name).or(byRole(this.page, 'menuitem', name));
    await this.press(row.first());
  }

  protected override async acted(): Promise<void> {
    const widest = await this.page.evaluate(whatIsTooWide);
    if (widest !== undefined) throw new Error(`${this.page.url()} scrolls sideways, ${widest}`);
  }
}

/** More presses than anybody would make from one control of a page to the next. */
const mostPresses = 150;

/** Touches no pointer: reaches everything by Tab and the arrow keys, and sees where it is. */
class KeyboardHand extends Hand {
  async press(target: Locator): Promise<void> {
    await this.reach(target);
    // Tabs follow the focus.
    if ((await target.getAttribute('aria-selected')) !== 'true') await this.page.keyboard.press('Enter');
  }

  async type(target: Locator, text: string): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press('ControlOrMeta+A');
    if (text === '') await this.page.keyboard.press('Delete');
    else await this.page.keyboard.type(text);
  }

  async choose(list: Locator, option: string): Promise<void> {
    await this.reach(list);
    if (await isNativeList(list)) {
      await this.page.keyboard.type(option);
      if ((await list.locator('option:checked').textContent()) === option) return;
      throw new Error(`${list} has no option ${option} that can be typed.`);
    }
    if (await list.isEditable()) {
      await this.page.keyboard.press('ControlOrMeta+A');
      await this.page.keyboard.type(option);
    } else await this.page.keyboard.press('Enter');
    await byRole(this.page, 'option', option).waitFor();
    for (let presses = 0; presses < mostPresses; presses++) {
      if ((await list.evaluate(activeOption)) === option) return this.page.keyboard.press('Enter');
      await this.page.keyboard.press('ArrowDown');
    }
    throw new Error(`The option ${option} of ${list} cannot be reached by arrow keys.`);
  }

  async check(target: Locator, on = true): Promise<void> {
    await this.reach(target);
    // An arrow key that reaches a radio button has checked it.
    if ((await target.isChecked()) !== on) await this.page.keyboard.press('Space');
  }

  async focus(target: Locator): Promise<void> {
    await this.reach(target);
  }

  /** @throws Error naming the control when no bounded number of keys leads to it, or when one does not see that it has the focus */
  private async reach(target: Locator): Promise<true> {
    await target.waitFor({ state: 'attached' });
    await until(`${target} to be ready`, () => target.isEnabled());
    const passed: string[] = [];
    for (let presses = 0; presses < mostPresses; presses++) {
      const { key, at } = await target.evaluate(wayTo);
      if (key === undefined) {
        const isSeen = async () => {
          const why = await target.evaluate(hiddenFocus);
          if (why !== undefined) throw new Error(why);
          return true as const;
        };
        return until(`the focus on ${target} to be seen`, isSeen, 5);
      }
      passed.push(at);
      await this.page.keyboard.press(key);
    }
    throw new Error(
      `${target} cannot be reached by keyboard; the last that had the focus: ${passed.slice(-4).join(' → ')}`,
    );
  }
}

const isNativeList = (list: Locator) => list.evaluate((element) => element.tagName === 'SELECT');

export interface KindOfHand {
  name: string;
  look: Look;
  on: (page: Page) => Hand;
}

const wide: Look = { theme: 'light', width: 1280, height: 900 };

/** The three of them, for `test.each`. */
export const hands: KindOfHand[] = [
  { name: 'a pointer', look: wide, on: (page) => new PointerHand(page) },
  { name: 'a screen of 360 px', look: { theme: 'dark', width: 360, height: 740 }, on: (page) => new NarrowHand(page) },
  { name: 'the keyboard alone', look: wide, on: (page) => new KeyboardHand(page) },
];
