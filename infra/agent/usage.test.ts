import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Container } from './engine.ts';
import { parseAgentFrame } from './protocol.ts';
import { gatherUsage, parseCgroups, parseGpuUsage, parseNetwork } from './usage.ts';

const id = '08daa54ecac87466fb52ce4ccfa37d6cddeaf8d7baa299590da16315a96444da';
const podUid = '1b4e28ba-2fa1-11d2-883f-0016d3cca427';
const root = mkdtempSync(join(tmpdir(), 'muster-usage-'));
afterAll(() => rmSync(root, { recursive: true }));

/** As the kernel wrote them for a container of Podman with runc on a machine with cgroups of version 1. */
const v1 = {
  'proc/11/cgroup': `9:name=systemd:/libpod_parent/libpod-${id}
4:memory:/libpod_parent/libpod-${id}
2:cpuacct:/libpod_parent/libpod-${id}
1:cpu:/libpod_parent/libpod-${id}
0::/libpod_parent/libpod-${id}
`,
  'proc/11/net/dev': `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     999       9    0    0    0     0          0         0      999       9    0    0    0     0       0          0
  eth0:     450       5    0    0    0     0          0         0       90       1    0    0    0     0       0          0
`,
  [`sys/fs/cgroup/cpuacct/libpod_parent/libpod-${id}/cpuacct.usage`]: '86524372\n',
  [`sys/fs/cgroup/memory/libpod_parent/libpod-${id}/memory.usage_in_bytes`]: '2740224\n',
  [`sys/fs/cgroup/memory/libpod_parent/libpod-${id}/memory.stat`]:
    'cache 2207744\ninactive_file 1000\ntotal_inactive_file 1982464\n',
};
/** As with systemd and version 2, of Docker. */
const v2 = {
  'proc/12/cgroup': `0::/system.slice/docker-${id}.scope\n`,
  [`sys/fs/cgroup/system.slice/docker-${id}.scope/cpu.stat`]:
    'usage_usec 7250000\nuser_usec 7000000\nsystem_usec 250000\n',
  [`sys/fs/cgroup/system.slice/docker-${id}.scope/memory.current`]: '52428800\n',
  [`sys/fs/cgroup/system.slice/docker-${id}.scope/memory.stat`]: 'anon 40000000\ninactive_file 2428800\n',
};
for (const [path, text] of Object.entries({ ...v1, ...v2 })) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

const container = (change: Partial<Container>): Container => ({
  id,
  podUid,
  attempt: 0,
  state: 'running',
  pid: 11,
  exitCode: 0,
  oomKilled: false,
  startedAt: new Date(),
  finishedAt: undefined,
  ip: undefined,
  imageId: 'i',
  gpus: [],
  ...change,
});
const usageOf = (change: Partial<Container>) => gatherUsage([container(change)], new Map(), root);

describe('what a container uses', () => {
  test('is read from cgroups of version 1, memory without the cache that the kernel would give up', async () => {
    expect(await usageOf({})).toEqual([
      {
        uid: podUid,
        cpuSeconds: 0.086524372,
        memoryBytes: 2740224 - 1982464,
        receivedBytes: 450,
        sentBytes: 90,
        gpus: [],
      },
    ]);
  });

  test('is read from cgroups of version 2, and a network that cannot be seen is null', async () => {
    expect(await usageOf({ pid: 12 })).toEqual([
      { uid: podUid, cpuSeconds: 7.25, memoryBytes: 50_000_000, receivedBytes: null, sentBytes: null, gpus: [] },
    ]);
  });

  test('is never that of another process which got the number of one that ended', async () => {
    expect(await usageOf({ id: 'f'.repeat(64) })).toEqual([]);
    expect(await usageOf({ pid: 13 })).toEqual([]);
    expect(await usageOf({ pid: 0 })).toEqual([]);
    expect(await usageOf({ state: 'exited' })).toEqual([]);
  });

  test('is taken by the bridge in a heartbeat, and what no machine can use is not', async () => {
    const heartbeat = (usage: object[]) =>
      JSON.stringify({ type: 'heartbeat', pods: 1, load: 0, memoryFreeBytes: 1, diskFreeBytes: 1, usage });
    const [usage] = await usageOf({});
    expect(parseAgentFrame(heartbeat([usage!]))).toMatchObject({ usage: [usage] });
    for (const change of [
      { cpuSeconds: -1 },
      { cpuSeconds: 1e13 },
      { memoryBytes: 1e300 },
      { receivedBytes: 0.5 },
      { gpus: [{ uuid: 'GPU-1', utilisation: 1.01, memoryBytes: 0 }] },
    ]) {
      expect(() => parseAgentFrame(heartbeat([{ ...usage, ...change }]))).toThrow('usage');
    }
  });

  test('a hybrid tree accounts by version 1, and a process of neither is nobody’s', () => {
    expect(parseCgroups(v1['proc/11/cgroup'])).toMatchObject({ version: 1 });
    expect(parseCgroups('4:cpu,cpuacct:/a\n3:memory:/b\n0::/c\n')).toEqual({
      version: 1,
      path: '/a',
      memoryPath: '/b',
    });
    expect(parseCgroups('0::/c\n')).toEqual({ version: 2, path: '/c' });
    expect(parseCgroups('')).toBeUndefined();
  });

  test('the network is every interface but the loopback', () => {
    const two = v1['proc/11/net/dev'].replace('lo:', 'eth1:');
    expect(parseNetwork(two)).toEqual({ receivedBytes: 1449, sentBytes: 1089 });
    expect(parseNetwork('nonsense')).toEqual({ receivedBytes: 0, sentBytes: 0 });
  });
});

describe('what nvidia-smi prints of use', () => {
  test('a card that works, one that is idle, and one in MIG mode that cannot tell', () => {
    const usage = parseGpuUsage(`GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a01, 97, 20133
GPU-6b1f2f5c-6d6f-1c8c-2f1b-2e3d0f4d1a02, 0, 1
GPU-5d5ba0d6-d33d-2b2c-524d-9e3d8d2b8a77, [N/A], 13
`);
    expect([...usage.values()].map(({ utilisation, memoryBytes }) => [utilisation, memoryBytes])).toEqual([
      [0.97, 20133 * 2 ** 20],
      [0, 2 ** 20],
      [null, 13 * 2 ** 20],
    ]);
  });

  test.each([
    'No devices were found\n',
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.\n",
    'Unable to determine the device handle for GPU0000:01:00.0: Unknown Error\n',
    'GPU-1, 50\n',
    'GPU-1, 50, 100, 7\n',
    '',
  ])('of %j nothing is believed', (csv) => {
    expect(parseGpuUsage(csv).size).toBe(0);
  });

  test('a value beyond what there is, or in words, is null', () => {
    expect([...parseGpuUsage('GPU-1, 250, [Unknown Error]\n').values()]).toEqual([
      { uuid: 'GPU-1', utilisation: null, memoryBytes: null },
    ]);
  });
});
