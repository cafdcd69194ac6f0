/** The web as people see it: the system's Chromium, a context per person, and everything that a page complained about. */
import { answer, type Schemas } from '@muster/contract/client';
import { ensureChromium } from '@muster/local';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { type Address, addresses, type Needs } from '../../ui/web/app/addresses.ts';
import { clientOf, demo, musterJson, ownModel, type Role, stack, until } from '../platform.ts';

export { type Address, addresses, type Needs };

export type Who = Role | 'visitor';
export const everybody = ['visitor', 'customer', 'supplier', 'operator'] as const satisfies Who[];

/** What works everywhere: as root, without a graphics card, and without the browser's own traffic. */
const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export async function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: await ensureChromium(stack), args: flags });
}

export interface Look {
  theme: 'light' | 'dark';
  width: number;
  height: number;
}
const usualLook: Look = { theme: 'light', width: 1280, height: 900 };

/** Each person logs in once: their sessions last for all that a file of tests does. */
const cookies = new Map<Who, Awaited<ReturnType<BrowserContext['cookies']>>>();

/**
 * A browser of this person's own, signed in. The theme is the system's, so that `page.emulateMedia` changes it.
 *
 * @param url where the web is reached, when not at the gateway's own address
 */
export async function contextOf(browser: Browser, who: Who, { url = demo.url, look = usualLook } = {}) {
  const context = await browser.newContext({
    baseURL: url,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    colorScheme: look.theme,
    reducedMotion: 'reduce',
    viewport: { width: look.width, height: look.height },
  });
  if (who === 'visitor') return context;
  if (!cookies.has(who)) {
    const { email, password } = demo[who];
    const answered = await context.request.post(`${demo.url}/v1/login`, { data: { email, password } });
    if (!answered.ok()) throw new Error(`${who} cannot log in: ${await answered.text()}`);
    cookies.set(who, await context.cookies());
  }
  await context.addCookies(cookies.get(who)!);
  return context;
}

/** What a page complained about since it was opened, and what it still waits for. */
export interface Watched {
  complaints: string[];
  waitingFor: Set<Request>;
}

/** Listens to all that can go wrong on a page: call it before the page goes anywhere. */
export function watch(page: Page): Watched {
  const watched: Watched = { complaints: [], waitingFor: new Set() };
  const complain = (text: string) => watched.complaints.push(`${shownPath(page.url())}: ${text}`);
  page.on('console', (message) => {
    if (message.type() === 'error') complain(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complain(`error: ${error.message}`));
  page.on('request', (request) => {
    // What lasts as long as the page is no answer that the page waits for.
    if (!request.headers().accept?.includes('text/event-stream')) watched.waitingFor.add(request);
  });
  page.on('requestfinished', (request) => watched.waitingFor.delete(request));
  page.on('requestfailed', (request) => {
    watched.waitingFor.delete(request);
    const reason = request.failure()?.errorText;
    // What a page no longer needs it gives up itself.
    if (reason !== 'net::ERR_ABORTED') complain(`${request.method()} ${shownPath(request.url())}: ${reason}`);
  });
  page.on('response', (response) => {
    if (response.status() >= 400) {
      complain(`${response.request().method()} ${shownPath(response.url())}: ${response.status()}`);
    }
  });
  return watched;
}

export function shownPath(url: string): string {
  return URL.canParse(url) ? url.slice(new URL(url).origin.length) : url;
}

/** Waits until the page has its title, no skeleton is left, and nothing has been on its way for a moment. */
export async function settled(page: Page, { waitingFor }: Watched, seconds = 30): Promise<void> {
  const end = Date.now() + seconds * 1_000;
  let quiet = 0;
  let loading = '';
  while (quiet < 4) {
    if (Date.now() > end) {
      const requests = [...waitingFor].map((request) => shownPath(request.url()));
      throw new Error(`${shownPath(page.url())} is not there after ${seconds} s: ${loading || requests.join(', ')}`);
    }
    await page.waitForTimeout(75);
    loading = await missing(page);
    quiet = waitingFor.size === 0 && loading === '' ? quiet + 1 : 0;
  }
}

/** What of a page is still to come, in words; empty when all is there. */
async function missing(page: Page): Promise<string> {
  if ((await page.locator('h1').count()) === 0) return 'no title';
  // The page of all parts shows some for good.
  if (new URL(page.url()).pathname === '/parts') return '';
  return (await page.locator('.mantine-Skeleton-root').count()) > 0 ? 'skeletons' : '';
}

/** Opens an address and waits for all that it shows. */
export async function open(page: Page, watched: Watched, path: string): Promise<void> {
  await page.goto(path, { waitUntil: 'commit' });
  await settled(page, watched);
}

/** Whose page an address is: where it names a thing, whoever has that thing; else the least who finds it. */
export function ownerOf(address: Address): Who {
  if (address.startsWith('/admin')) return 'operator';
  if (address.startsWith('/portal')) return 'supplier';
  if (address.startsWith('/console')) return 'customer';
  return 'visitor';
}

/** Whether a person finds something at an address by what it needs. */
export async function finds(who: Who, needs: Needs): Promise<boolean> {
  if (needs === 'nothing') return true;
  if (who === 'visitor') return false;
  return needs === 'session' || (await scopesOf(who)).includes(needs);
}

const scopes = new Map<Role, Promise<readonly string[]>>();
function scopesOf(role: Role): Promise<readonly string[]> {
  if (!scopes.has(role)) {
    scopes.set(
      role,
      answer(clientOf(role).public.GET('/me')).then((me) => me.scopes),
    );
  }
  return scopes.get(role)!;
}

/** Real things for the addresses that name one. */
export type Things = Record<'modelId' | 'clusterId' | 'invoiceId' | 'workerId' | 'organizationId', string>;

/** Finds them on the stack; a customer who has no invoice yet hires a worker for a moment. */
export async function findThings(): Promise<Things> {
  const customer = clientOf('customer').public;
  const invoices = async () => (await answer(customer.GET('/invoices'))).items;
  if ((await invoices()).length === 0) await runCluster();
  const [invoice] = await until('an invoice', async () => {
    const items = await invoices();
    return items.length > 0 && items;
  });
  const { items: workers } = await musterJson<{ items: Schemas['Worker'][] }>('supplier', 'worker', 'list');
  const me = await answer(customer.GET('/me'));
  return {
    modelId: (await ownModel()).modelId,
    clusterId: invoice!.clusterId,
    invoiceId: invoice!.id,
    workerId: workers[0]!.id,
    organizationId: me.organization.id,
  };
}

async function runCluster(): Promise<void> {
  const { modelId, country } = await ownModel();
  const place = ['--model', modelId, '--country', country, '--tier', 'low', '--workers', '1'];
  const quote = await musterJson<Schemas['Quote']>('customer', 'quote', '--name', 'web', ...place);
  const { id } = await musterJson<Schemas['Cluster']>('customer', 'cluster', 'create', '--quote', quote.id, '--wait');
  await musterJson('customer', 'cluster', 'terminate', id, '--wait');
}

/** The address with real things in the place of its parameters. */
export function filled(address: Address, things: Things): string {
  return address.replace(/\$(\w+)/g, (_, name: keyof Things) => things[name]);
}

export const allAddresses = Object.keys(addresses) as Address[];
