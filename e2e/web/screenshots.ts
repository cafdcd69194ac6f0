/** `muster screenshots`: every page in both themes and three widths, as the person whose page it is, with an index to look at. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { stack } from '../platform.ts';
import {
  type Address,
  allAddresses,
  contextOf,
  everybody,
  filled,
  findThings,
  open,
  openBrowser,
  ownerOf,
  settled,
  watch,
} from './browser.ts';

const themes = ['light', 'dark'] as const;
const widths = [
  { width: 360, height: 780 },
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
];

const folder = join(stack.home, 'screenshots');
/** Only pages whose address begins so; all without. */
const [prefix = '/'] = process.argv.slice(2);

const things = await findThings();
const browser = await openBrowser();
const taken: string[] = [];
try {
  for (const who of everybody) {
    const addresses = allAddresses.filter((address) => ownerOf(address) === who && address.startsWith(prefix));
    const context = await contextOf(browser, who);
    const page = await context.newPage();
    const watched = watch(page);
    for (const address of addresses) {
      await open(page, watched, filled(address, things));
      for (const theme of themes) {
        await page.emulateMedia({ colorScheme: theme });
        await page.waitForTimeout(400); // colours change over a moment
        for (const size of widths) {
          await page.setViewportSize(size);
          await page.waitForTimeout(250); // what is drawn by size, such as charts, is drawn anew
          await settled(page, watched);
          const path = join(folder, `${nameOf(address)}-${theme}-${size.width}.png`);
          await mkdir(dirname(path), { recursive: true });
          await page.screenshot({ path, fullPage: true });
          taken.push(relative(folder, path));
        }
      }
      process.stderr.write(`${address}\n`);
    }
    for (const complaint of watched.complaints) process.stderr.write(`  ${complaint}\n`);
    await context.close();
  }
} finally {
  await browser.close();
}
const index = join(folder, 'index.html');
await writeFile(index, indexOf(taken));
console.log(`${taken.length} pictures: ${index}`);

/** `console/clusters-clusterId`: the area as a folder, and the rest of the address as a name. */
function nameOf(address: Address): string {
  const [, first = '', ...rest] = address.replaceAll('$', '').split('/');
  const isArea = ['console', 'portal', 'admin', 'parts'].includes(first);
  const name = (isArea ? rest : [first, ...rest]).filter(Boolean).join('-') || 'index';
  return `${isArea ? first : 'site'}/${name}`;
}

function indexOf(paths: string[]): string {
  const figures = paths.map(
    (path) =>
      `<figure><a href="${path}"><img src="${path}" loading="lazy" alt=""></a><figcaption>${path}</figcaption></figure>`,
  );
  return `<!doctype html>
<meta charset="utf-8">
<title>Muster: every page</title>
<style>
  body { font: 14px system-ui; display: grid; grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); gap: 16px; margin: 16px }
  figure { margin: 0 } img { width: 100%; max-height: 420px; object-fit: cover; object-position: top; border: 1px solid #8884 }
</style>
${figures.join('\n')}
`;
}
