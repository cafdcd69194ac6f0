import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from '@jest/globals';

function runRank(rank: number, port: number): Promise<string> {
  const env = { ...process.env, RANK: String(rank), WORLD_SIZE: '3', MASTER_PORT: String(port), EPOCHS: '4' };
  const child = spawn(process.execPath, [new URL('./demo/train.mts', import.meta.url).pathname], { env });
  return text(child.stdout);
}

describe('the training of the demo', () => {
  test('all ranks end with the same weights, and the loss falls', async () => {
    const port = randomInt(20_000, 32_000);
    const logs = await Promise.all([0, 1, 2].map((rank) => runRank(rank, port)));
    const digests = logs.map((log) => /sha256 ([0-9a-f]{64})/.exec(log)?.[1]);
    expect(digests[0]).toBeDefined();
    expect(new Set(digests).size).toBe(1);
    const losses = [...logs[0]!.matchAll(/loss ([\d.]+)/g)].map(([, loss]) => Number(loss));
    expect(losses).toHaveLength(4);
    expect(losses).toEqual([...losses].sort((a, b) => b - a));
  });
});
