/** A supplier adds a machine from the worker portal, with the very command that it shows, and watches it become cluster-ready. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { answer } from '@muster/contract/client';
import type { Browser } from 'playwright-core';
import { clientOf } from '../../platform.ts';
import { openBrowser } from '../browser.ts';
import { button, combobox, hands, heading, link, radio, region, seen, textbox, toggle } from '../hands.ts';
import { leave, logIn, visit } from '../visit.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

let agent: ChildProcess | undefined;
const home = mkdtempSync(join(tmpdir(), 'muster-flow-'));
afterEach(endAgent, 60_000);
afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs a command as it was typed at a machine whose home is `home`. */
function typeInShell(command: string): ChildProcess {
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter);
  // A group of its own: the shell becomes the agent, and what it starts ends with it.
  return spawn('sh', ['-c', command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { HOME: home, PATH: path },
  });
}

async function endAgent(): Promise<void> {
  if (agent?.pid === undefined || agent.exitCode !== null || agent.signalCode !== null) return;
  const ended = once(agent, 'exit');
  process.kill(-agent.pid, 'SIGTERM');
  await ended;
}

describe('a supplier', () => {
  test.each(hands)(
    'adds a machine from the portal by one command until it is cluster-ready, with $name',
    async (kind) => {
      const supplier = await visit(browser, kind);
      const { page, hand } = supplier;
      const name = `flow-${Date.now().toString(36)}`;
      await logIn(supplier, 'supplier', '/portal');
      await hand.follow('Add a worker');
      await hand.check(radio(page, 'CPU only'));
      await hand.choose(combobox(page, 'Country'), 'Netherlands');
      await hand.type(textbox(page, 'Name'), name);
      await hand.check(toggle(page, /^Keep it running/), false);
      await hand.press(button(page, 'Make the command'));

      const command = await region(page, 'Join command').textContent();
      expect(command).toMatch(/^curl -fsSL \S+\/agent\/join\.sh \| MUSTER_TOKEN='mse_[\w-]+' sh -s -- --url \S+$/);
      await seen(page.getByText('Waiting for the machine to join'));

      const state = join(home, name);
      agent = typeInShell(`${command} --state ${state}`);
      let output = '';
      for (const stream of [agent.stdout!, agent.stderr!]) stream.on('data', (chunk) => (output += chunk));
      await seen(page.getByText(`${name} has joined`), 60).catch((error) => {
        throw new Error(`The machine did not join: ${output}`, { cause: error });
      });
      await seen(page.getByRole('listitem').filter({ hasText: /Cluster-ready.*Reached/i }), 90);

      await hand.press(link(page, 'Open the worker'));
      await seen(heading(page, new RegExp(name)));
      await hand.press(button(page, 'Pause'));
      await seen(button(page, 'Resume'));

      const workerId = page.url().split('/').at(-1)!;
      await endAgent();
      const params = { path: { workerId } };
      const worker = await answer(clientOf('supplier').private.GET('/workers/{workerId}', { params }));
      expect(worker).toMatchObject({ name, status: 'paused', country: 'NL', origin: 'community', simulated: false });
      expect(await leave(supplier)).toEqual([]);
    },
    240_000,
  );
});
