import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { examine } from './doctor.ts';
import { removeStack } from './down.ts';
import { claimPort } from './ports.ts';
import { silent } from './progress.ts';
import { openStack, type Stack } from './stack.ts';
import { isAlive, startProcess, waitFor } from './supervisor.ts';

let stack: Stack;

beforeEach(() => {
  stack = openStack({ home: mkdtempSync(join(tmpdir(), 'muster-test-')), durable: false });
});

afterEach(() => removeStack(stack, silent));

describe('doctor', () => {
  test('names every engine, and what is missing comes with its fix', async () => {
    const findings = await examine(stack);
    expect(findings.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['Node 24', 'Postgres 15+', 'Redis', 'RabbitMQ', 'Kubernetes programs', 'Disk']),
    );
    for (const finding of findings) if (finding.state === 'missing') expect(finding.fix).toBeTruthy();
  });

  test('a process that has ended by itself is named with its log', async () => {
    const record = startProcess(stack, { name: 'brief', command: 'true' });
    await waitFor(() => !isAlive(record), 5_000);
    const finding = (await examine(stack)).find(({ name }) => name === 'Process brief');
    expect(finding).toMatchObject({ state: 'missing', detail: expect.stringContaining('brief.log') });
  });

  test('a port of the stack that a stranger holds is named', async () => {
    const port = await claimPort(stack, 'gateway');
    const stranger = createServer().listen(port, '127.0.0.1');
    await new Promise((done) => stranger.once('listening', done));
    expect((await examine(stack)).find(({ name }) => name === 'Port of gateway')?.detail).toContain(String(port));
    stranger.close();
  });
});
