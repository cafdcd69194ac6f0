/** The product's own table with 100,000 workers in Chromium: frames while it scrolls, and how soon a search is on the screen, beside ag-grid. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { buildWeb, ensureChromium, logPath, openStack, webRoot } from '@muster/local';
import express from 'express';
import { type Browser, chromium, type Page } from 'playwright-core';
import { type Figure, ratioOf, type Section } from './report.ts';

const rows = 100_000;
const runs = 5;
const scrollSeconds = 4;
/** Pixels a turn of the wheel, and turns a second, as of a hand that is in a hurry. */
const wheel = { pixels: 240, perSecond: 60 };
/** About a sixth of the rows hold it, so that many are found and most are dropped. */
const searched = 'NVIDIA L40S';

interface Contestant {
  name: string;
  path: string;
  /** CSS of the rows on the screen. */
  rows: string;
  /** CSS of what scrolls. */
  region: string;
}

export async function benchWeb(): Promise<Section> {
  const stack = openStack();
  await buildWeb(logPath(stack, 'web'));
  const server = await serve();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const browser = await chromium.launch({
    executablePath: await ensureChromium(stack),
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  try {
    const ours = await openTable(browser, url, {
      name: 'Muster',
      path: `/parts/table?rows=${rows}`,
      rows: 'tbody tr[aria-rowindex]',
      region: ':has(> table)',
    });
    const box = await ours.page.locator(ours.contestant.region).boundingBox();
    const peers = await openTable(browser, url, {
      name: 'ag-grid',
      path: `/ag-grid.html?rows=${rows}&height=${Math.round(box!.height)}`,
      rows: '.ag-grid-scrolling-container .ag-row',
      region: '.ag-grid-viewport',
    });
    const figures = new Map<string, Figure>();
    const record = (name: string, of: string, unit: string, value: number) => {
      const key = `${name} ${of}`;
      if (!figures.has(key)) figures.set(key, { name, of, unit, runs: [] });
      figures.get(key)!.runs.push(value);
    };
    for (let run = -1; run < runs; run++) {
      for (const { page, contestant } of [ours, peers]) {
        await page.bringToFront();
        const frames = await scroll(page, contestant, run);
        const searchMs = await search(page, contestant);
        if (run < 0) continue; // the first of each compiles
        record('scrolling', contestant.name, 'frames/s', framesPerSecond(frames));
        record('scrolling, 99th percentile of a frame', contestant.name, 'ms', percentile(frames, 0.99));
        record('search, from the key to the painted result', contestant.name, 'ms', searchMs);
      }
    }
    const of = (name: string, who: string) => figures.get(`${name} ${who}`)!;
    const ratio = (name: string, title: string) => ratioOf(title, of(name, 'Muster'), of(name, 'ag-grid'));
    return {
      title: 'Web: the table',
      how: `${rows.toLocaleString('en')} generated rows in Chromium without a graphics card, 1280 × 900; ${wheel.perSecond} turns of the wheel a second, ${wheel.pixels} pixels each, for ${scrollSeconds} s; the search finds about a sixth. Ours draws links, badges, flags and money, ag-grid plain texts.`,
      seed: 1,
      figures: [...figures.values()],
      ratios: [
        ratio('scrolling', 'frames/s, Muster ÷ ag-grid'),
        ratio('search, from the key to the painted result', 'search, Muster ÷ ag-grid'),
      ],
    };
  } finally {
    await browser.close();
    server.close();
    server.closeAllConnections();
  }
}

/** The built web as a visitor meets it, without a platform behind; and the peer, with the same rows from the same source. */
async function serve(): Promise<Server> {
  const source = new URL('../ui/web/areas/parts/generated.ts', import.meta.url);
  const generated = stripTypeScriptTypes(readFileSync(source, 'utf8'));
  // Its build for a script element is beside the module that the package names.
  const grid = join(dirname(fileURLToPath(import.meta.resolve('ag-grid-community'))), '../ag-grid-community.min.js');
  const app = express()
    .get('/v1/csrf', (_request, response) => void response.json({ csrfToken: '' }))
    .get('/v1/network/changes', (_request, response) => {
      response.type('text/event-stream').flushHeaders();
      const comments = setInterval(() => response.write(':\n\n'), 10_000);
      response.once('close', () => clearInterval(comments));
    })
    .get('/generated.js', (_request, response) => void response.type('js').send(generated))
    .get('/ag-grid-community.js', (_request, response) => response.sendFile(grid))
    .use(express.static(join(import.meta.dirname, 'peers'), { extensions: ['html'] }))
    .use(express.static(webRoot))
    .use((_request, response) => response.sendFile(join(webRoot, 'index.html')));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function openTable(browser: Browser, url: string, contestant: Contestant) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
  // Before anything else: what it measures is told by the page's own clock.
  await page.addInitScript(recorder);
  await page.goto(url + contestant.path);
  await page.locator(contestant.rows).first().waitFor({ timeout: 60_000 });
  return { page, contestant };
}

/** Runs in the page: the length of every frame, and the time from a change of the search to the frame that shows it. */
const recorder = `
  const meter = (globalThis.meter = { frames: [], typedAt: 0, foundMs: 0 });
  let last = performance.now();
  const beat = (now) => {
    meter.frames.push(now - last);
    last = now;
    if (meter.typedAt > 0 && meter.isFound()) {
      const since = meter.typedAt;
      meter.typedAt = 0;
      // A message is handled after the frame has been painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => (meter.foundMs = performance.now() - since);
      port2.postMessage(null);
    }
    requestAnimationFrame(beat);
  };
  requestAnimationFrame(beat);
  addEventListener('input', () => (meter.typedAt = performance.now()), { capture: true });
`;

/** Turns the wheel over the table, down and up in turn; the lengths of the frames meanwhile, in milliseconds. */
async function scroll(page: Page, { region, rows: row }: Contestant, run: number): Promise<number[]> {
  const box = await page.locator(region).boundingBox();
  await page.mouse.move(box!.x + box!.width / 2, box!.y + box!.height / 2);
  const before = await page.locator(row).first().textContent();
  await page.evaluate('void (meter.frames = [])');
  const direction = run % 2 === 0 ? -1 : 1;
  const turns: Promise<void>[] = [];
  const end = performance.now() + scrollSeconds * 1_000;
  for (let next = performance.now(); next < end; next += 1_000 / wheel.perSecond) {
    await sleep(Math.max(0, next - performance.now()));
    turns.push(page.mouse.wheel(0, direction * wheel.pixels));
  }
  await Promise.all(turns);
  const frames = (await page.evaluate('meter.frames')) as number[];
  if ((await page.locator(row).first().textContent()) === before) throw new Error(`${region} did not scroll.`);
  return frames;
}

/** Types the search at one stroke, waits until every row on the screen holds it, and clears it again. */
async function search(page: Page, { rows: row, name }: Contestant): Promise<number> {
  const input = page.getByLabel(/^Search/);
  await page.evaluate(`
    meter.foundMs = 0;
    meter.isFound = () => {
      const shown = [...document.querySelectorAll(${JSON.stringify(row)})];
      return shown.length > 4 && shown.every((row) => row.textContent.includes(${JSON.stringify(searched)}));
    };
  `);
  await input.focus();
  await page.keyboard.insertText(searched);
  await page.waitForFunction('meter.foundMs > 0', undefined, { timeout: 30_000 }).catch((cause) => {
    throw new Error(`${name} did not find ${searched}.`, { cause });
  });
  const milliseconds = (await page.evaluate('meter.foundMs')) as number;
  await page.evaluate('void (meter.isFound = () => false)');
  await input.fill('');
  await page.waitForTimeout(1_000);
  return milliseconds;
}

/** All frames over all of their time: a single long one counts for what it took. */
function framesPerSecond(milliseconds: number[]): number {
  return (1_000 * milliseconds.length) / milliseconds.reduce((sum, each) => sum + each, 0);
}

function percentile(values: number[], share: number): number {
  return [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)]!;
}
