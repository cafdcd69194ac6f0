import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { ensureBinary, findBinary } from './binaries.ts';

/** A mirror of the release hosts on this machine: path → content. */
const published = new Map<string, Buffer>();
let mirror: Server;
let folder: string;
const saved = { ...process.env };
const arch = process.arch === 'x64' ? 'amd64' : process.arch;
const kubectl = `/dl.k8s.io/v1.34.4/bin/linux/${arch}/kubectl`;
const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');

beforeAll(async () => {
  mirror = createServer((request, response) => {
    const content = published.get(request.url!);
    response.writeHead(content ? 200 : 404).end(content);
  }).listen(0, '127.0.0.1');
  await new Promise((done) => mirror.once('listening', done));
});

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-test-'));
  process.env.XDG_CACHE_HOME = join(folder, 'cache');
  process.env.MUSTER_DOWNLOADS = `http://127.0.0.1:${(mirror.address() as AddressInfo).port}`;
  process.env.KUBEBUILDER_ASSETS = '';
  published.clear();
});

afterEach(() => {
  rmSync(folder, { recursive: true });
  process.env = { ...saved };
});

afterAll(() => void mirror.close());

describe('binaries', () => {
  test('a program is downloaded, checked against its published checksum and kept in the user’s cache', async () => {
    const content = Buffer.from('#!/bin/sh\necho kubectl\n');
    published.set(kubectl, content).set(`${kubectl}.sha256`, Buffer.from(sha256(content)));
    const path = await ensureBinary('kubectl');
    expect(path).toBe(join(folder, 'cache/muster/kubernetes-1.34.4/kubectl'));
    expect(execFileSync(path, { encoding: 'utf8' })).toBe('kubectl\n');
    published.clear();
    expect(await ensureBinary('kubectl')).toBe(path);
  });

  test('a download that does not match its checksum is refused, and nothing of it stays', async () => {
    published
      .set(kubectl, Buffer.from('tampered'))
      .set(`${kubectl}.sha256`, Buffer.from(sha256(Buffer.from('genuine'))));
    await expect(ensureBinary('kubectl')).rejects.toThrow('does not match its published checksum');
    expect(findBinary('kubectl')).toBeUndefined();
  });

  test('a checksum file without this file’s line is no checksum', async () => {
    published.set(kubectl, Buffer.from('anything')).set(`${kubectl}.sha256`, Buffer.from('not found'));
    await expect(ensureBinary('kubectl')).rejects.toThrow('does not match its published checksum');
  });

  test('a program inside an archive is unpacked, by its own line among several checksums', async () => {
    const name = `etcd-v3.6.8-linux-${arch}`;
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'etcd'), 'the program');
    const archive = execFileSync('tar', ['-C', folder, '-czf', '-', name]);
    const base = '/github.com/etcd-io/etcd/releases/download/v3.6.8';
    const lines = `${'0'.repeat(64)}  other.tar.gz\n${sha256(archive)}  ${name}.tar.gz\n`;
    published.set(`${base}/${name}.tar.gz`, archive).set(`${base}/SHA256SUMS`, Buffer.from(lines));
    const path = await ensureBinary('etcd');
    expect(readFileSync(path, 'utf8')).toBe('the program');
    expect(statSync(path).mode & 0o111).toBe(0o111);
  });

  test('KUBEBUILDER_ASSETS wins over the cache and the network', async () => {
    process.env.KUBEBUILDER_ASSETS = folder;
    writeFileSync(join(folder, 'kubectl'), '');
    expect(await ensureBinary('kubectl')).toBe(join(folder, 'kubectl'));
    expect(existsSync(join(folder, 'cache'))).toBe(false);
  });
});
