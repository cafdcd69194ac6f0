import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ask, type Harness, someAddress, startHarness } from './testing.ts';

let harness: Harness;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'muster-web-'));
  for (const folder of ['assets', 'agent', '.vite']) await mkdir(join(root, folder));
  for (const [name, text] of Object.entries({
    'index.html': '<title>Muster</title>',
    'assets/app-1a2b.js': 'run()',
    'agent/join.sh': '#!/bin/sh',
    '.vite/manifest.json': '{}',
  })) {
    await writeFile(join(root, name), text);
    if (!/html|app/.test(name)) continue;
    await writeFile(join(root, `${name}.br`), brotliCompressSync(text));
    await writeFile(join(root, `${name}.gz`), gzipSync(text));
  }
  await writeFile(join(root, 'assets/plain.css'), 'a{}');
  harness = await startHarness({ MUSTER_WEB_ROOT: root });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await rm(root, { recursive: true });
});

const page = (path: string, accept = 'text/html', headers = {}) =>
  ask(harness.url, path, { headers: { accept, ...headers }, from: someAddress() });

describe('the web', () => {
  test('every page is its one document, asked for anew; what its name fixes is kept for a year', async () => {
    for (const path of ['/', '/console/clusters', '/index.html']) {
      const answer = await page(path);
      expect(answer).toMatchObject({ status: 200, text: '<title>Muster</title>' });
      expect(answer.headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'text/html; charset=utf-8' });
    }
    const asset = await page('/assets/app-1a2b.js', '*/*');
    expect(asset.text).toBe('run()');
    expect(asset.headers['cache-control']).toBe('public, max-age=31536000, immutable');
  });

  test.each([
    ['br, gzip', 'br'],
    ['gzip, deflate', 'gzip'],
    ['br;q=0, gzip', 'gzip'],
    ['identity', undefined],
  ])('who takes %s gets %s, with the type of what is inside', async (accepted, encoding) => {
    for (const [path, type] of [
      ['/assets/app-1a2b.js', 'text/javascript; charset=utf-8'],
      ['/', 'text/html; charset=utf-8'],
      ['/console', 'text/html; charset=utf-8'],
    ] as const) {
      const { status, headers } = await page(path, 'text/html', { 'accept-encoding': accepted });
      expect([path, status, headers['content-encoding']]).toEqual([path, 200, encoding]);
      expect(headers).toMatchObject({ 'content-type': type, vary: expect.stringMatching(/accept-encoding/i) });
    }
  });

  test('what has no compressed twin is served as it is', async () => {
    const answer = await page('/assets/plain.css', '*/*', { 'accept-encoding': 'br, gzip' });
    expect(answer).toMatchObject({ status: 200, text: 'a{}' });
    expect(answer.headers['content-encoding']).toBeUndefined();
  });

  test('the script that a supplier pipes into a shell is fetched by any program, and never an old one', async () => {
    const answer = await page('/agent/join.sh', '*/*');
    expect(answer).toMatchObject({ status: 200, text: '#!/bin/sh' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/x-shellscript; charset=utf-8',
      'cache-control': 'no-cache',
    });
    expect((await page('/agent/gone.sh')).status).toBe(404);
  });

  test('what is not there is told as such, and never as a page', async () => {
    expect((await page('/assets/gone.js')).status).toBe(404);
    for (const accept of ['application/json', '*/*']) {
      expect(await page('/data.json', accept)).toMatchObject({ status: 404, json: { code: 'not_found' } });
    }
  });

  test('nothing outside of its folder is served, nor what is hidden in it', async () => {
    for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/assets/../../x']) {
      expect((await page(path)).status).toBe(400);
    }
    expect((await page('/.vite/manifest.json', '*/*')).status).toBe(404);
  });

  test('pages run only scripts that are files of ours, reach only this host, and are framed by nobody', async () => {
    const { headers } = await page('/console', 'text/html', { host: 'muster.example:8080' });
    const policy = String(headers['content-security-policy']).split(';');
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'self'",
        "script-src 'self'",
        "connect-src 'self' ws://muster.example:8080 wss://muster.example:8080",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(headers['permissions-policy']).toContain('camera=()');
    const crooked = await page('/console', 'text/html', { host: "x;script-src 'unsafe-inline'" });
    expect(String(crooked.headers['content-security-policy'])).not.toMatch(/script-src [^;]*unsafe/);
  });
});
