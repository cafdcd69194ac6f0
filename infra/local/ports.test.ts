import { mkdtempSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { removeStack } from './down.ts';
import { claimPort } from './ports.ts';
import { silent } from './progress.ts';
import { openStack, type Stack } from './stack.ts';

let stack: Stack;

beforeEach(() => {
  stack = openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')), durable: false });
});

afterEach(() => removeStack(stack, silent));

describe('ports', () => {
  test('a port is remembered, so that addresses survive a restart', async () => {
    const port = await claimPort(stack, 'gateway');
    expect(await claimPort(stack, 'gateway')).toBe(port);
    expect(statSync(join(stack.home, 'ports.json')).mode & 0o777).toBe(0o600);
  });

  test('a remembered port that a stranger took meanwhile is given up', async () => {
    const port = await claimPort(stack, 'gateway');
    const stranger = createServer().listen(port, '127.0.0.1');
    await new Promise((done) => stranger.once('listening', done));
    expect(await claimPort(stack, 'gateway')).not.toBe(port);
    stranger.close();
  });

  test('a port that agents and people were told is not silently another one tomorrow', async () => {
    const port = await claimPort(stack, 'gateway', 20_123);
    const stranger = createServer().listen(port, '127.0.0.1');
    await new Promise((done) => stranger.once('listening', done));
    await expect(claimPort(stack, 'gateway', 20_123)).rejects.toThrow('held by another program');
    stranger.close();
  });

  test('two names never share a port, even before either listens', async () => {
    const port = await claimPort(stack, 'gateway');
    expect(await claimPort(stack, 'bridge', port)).not.toBe(port);
  });
});
