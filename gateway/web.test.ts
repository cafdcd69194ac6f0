import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask, type Harness, someAddress, startHarness } from './testing.ts';

let harness: Harness;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-web-'));
  await mkdir(join(root, 'assets'));
  await writeFile(join(root, 'index.html'), '<title>Muster</title>');
  await writeFile(join(root, 'assets', 'app-1a2b.js'), 'run()');
  harness = await startHarness({ MUSTER_WEB_ROOT: root });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const page = (path: string, accept = 'text/html') =>
  ask(harness.url, path, { headers: { accept }, from: someAddress() });

describe('the web', () => {
  test('every page is its one document, asked for anew; what its name fixes is kept for a year', async () => {
    for (const path of ['/', '/console/clusters', '/index.html']) {
      const answer = await page(path);
      expect(answer).toMatchObject({ status: 200, text: '<title>Muster</title>' });
      expect(answer.headers['cache-control']).toBe('no-cache');
    }
    const asset = await page('/assets/app-1a2b.js', '*/*');
    expect(asset.text).toBe('run()');
    expect(asset.headers['cache-control']).toContain('immutable');
  });

  test('what is not there is told as such, and never as a page', async () => {
    expect((await page('/assets/gone.js', '*/*')).status).toBe(404);
    expect(await page('/data.json', 'application/json')).toMatchObject({ status: 404, json: { code: 'not_found' } });
  });

  test('nothing outside of its folder is served', async () => {
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/../../x']) {
      expect((await page(path)).status).toBe(400);
    }
  });
});
