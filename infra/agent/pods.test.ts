import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { createLogger, systemClock } from '@muster/common';
import { Engine, type EngineInfo } from './engine.ts';
import { FlowStream } from './flow.ts';
import { prepareState } from './identity.ts';
import { Pods } from './pods.ts';
import type { PodStatus } from './protocol.ts';
import { channels } from './protocol.ts';
import { serveExec, serveLogs } from './streams.ts';
import { shellPod, testEngine } from './testing.ts';
import { gatherUsage } from './usage.ts';

let info: EngineInfo;
const workers: Worker[] = [];

beforeAll(async () => {
  info = await testEngine();
});
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.end();
});

/** A worker without a connection: its pods, on the machine's real Podman. */
class Worker {
  id = `wrk_${randomUUID()}`;
  folder = mkdtempSync(join(tmpdir(), 'muster-agent-'));
  engine = new Engine(info, { workerId: this.id, stack: 'test' });
  statuses = new Map<string, PodStatus>();
  gone = new Set<string>();
  pods = this.#make();

  constructor() {
    workers.push(this);
  }

  #make(): Pods {
    return new Pods({
      engine: this.engine,
      folder: this.folder,
      gpus: [],
      clock: systemClock,
      log: createLogger('test', 'silent'),
      onStatus: (status) => this.statuses.set(status.uid, status),
      onGone: (uid) => this.gone.add(uid),
    });
  }

  async start(): Promise<this> {
    await prepareState(this.folder);
    await this.pods.start();
    return this;
  }

  /** What a new process finds: the disk and the engine, nothing of the memory. */
  async restart(): Promise<void> {
    this.pods.stop();
    this.statuses.clear();
    this.pods = this.#make();
    await this.pods.start();
  }

  async until(uid: string, check: (status: PodStatus) => boolean): Promise<PodStatus> {
    return until(
      () => {
        const status = this.statuses.get(uid);
        return status && check(status) ? status : undefined;
      },
      () => JSON.stringify(this.statuses.get(uid)),
    );
  }

  async end(): Promise<void> {
    this.pods.stop();
    for (const { id } of await this.engine.list()) await this.engine.remove(id);
    await this.engine.removeNetwork('agent-test');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function until<T>(find: () => T | undefined | Promise<T | undefined>, state = () => ''): Promise<T> {
  for (let tries = 0; tries < 300; tries++) {
    const found = await find();
    if (found) return found;
    await sleep(100);
  }
  throw new Error(`It did not happen in 30 s. ${state()}`);
}

/** What a stream carried, until it ended. */
async function read(serve: (stream: FlowStream) => Promise<unknown>): Promise<string> {
  const stream = loopback();
  const done = serve(stream.near);
  void done.finally(() => stream.far.end());
  let text = '';
  for await (const { payload } of stream.far) text += payload;
  await done;
  return text;
}

/** The two ends of a stream, without a network between them. */
function loopback(): { near: FlowStream; far: FlowStream } {
  const pair = {} as { near: FlowStream; far: FlowStream };
  const wire = (to: 'near' | 'far') => ({
    binary: (frame: Buffer) =>
      pair[to].received({ channel: frame.readUInt8(4) as 0 | 1 | 2, payload: frame.subarray(5) }),
    credit: (_: number, bytes: number) => pair[to].granted(bytes),
  });
  pair.near = new FlowStream(1, wire('far'));
  pair.far = new FlowStream(1, wire('near'));
  return pair;
}

describe('pods on a real engine', () => {
  test('a pod runs to its end, and its exit code, log and last status outlive the container’s process', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('echo out; echo err >&2; exit 3');
    await worker.pods.apply(pod);
    const status = await worker.until(pod.uid, ({ phase }) => phase === 'Failed');
    expect(status).toMatchObject({ restartCount: 0, state: { kind: 'terminated', exitCode: 3, reason: 'Error' } });
    const { id } = worker.pods.container(pod.uid)!;
    const log = await read((stream) => serveLogs(worker.engine, id, { follow: true, timestamps: false }, stream));
    expect(log.split('\n').filter(Boolean).sort()).toEqual(['err', 'out']);
    const tail = await read((stream) =>
      serveLogs(worker.engine, id, { follow: false, timestamps: true, tailLines: 1 }, stream),
    );
    expect(tail.trim()).toMatch(/^\d{4}-\d\d-\d\dT\S+ (err|out)$/);
  });

  test('limits, user and rights of the container are those of the pod, and no more', async () => {
    const worker = await new Worker().start();
    const pod = shellPod(
      'id -u; grep -E "CapEff|NoNewPrivs" /proc/self/status; cat /config/a.txt; echo x > /scratch/x && cat /scratch/x; touch /nope || echo readonly; sleep 60',
      {
        volumes: [
          {
            kind: 'files',
            name: 'config',
            files: [{ path: 'a.txt', base64: Buffer.from('from a ConfigMap\n').toString('base64'), mode: 0o644 }],
          },
          { kind: 'empty', name: 'scratch' },
        ],
      },
      {
        cpuMillis: 500,
        memoryBytes: 64 * 1024 * 1024,
        readOnlyRoot: true,
        mounts: [
          { volume: 'config', path: '/config', readOnly: true },
          { volume: 'scratch', path: '/scratch', readOnly: false },
        ],
      },
    );
    await worker.pods.apply(pod);
    const { podIp } = await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    expect(podIp).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    const { id } = worker.pods.container(pod.uid)!;
    const log = await until(async () => {
      const text = await read((stream) => serveLogs(worker.engine, id, { follow: false, timestamps: false }, stream));
      return text.includes('readonly') ? text : undefined;
    });
    expect(log).toContain('1000');
    expect(log).toMatch(/CapEff:\s+0000000000000000/);
    expect(log).toMatch(/NoNewPrivs:\s+1/);
    expect(log).toContain('from a ConfigMap');
    expect(log).toMatch(/^x$/m);
    const [inspected] = JSON.parse(execFileSync('podman', ['inspect', id], { encoding: 'utf8' }));
    expect(inspected.HostConfig).toMatchObject({
      NanoCpus: 500_000_000,
      Memory: 67_108_864,
      MemorySwap: 67_108_864,
      PidsLimit: 4096,
    });
  });

  test('what a container uses is measured: time of the processor grows, memory is its own', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('while :; do :; done', {}, { cpuMillis: 500, memoryBytes: 64 * 1024 * 1024 });
    await worker.pods.apply(pod);
    await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    const measure = async () =>
      (await gatherUsage(worker.pods.containers, new Map())).find(({ uid }) => uid === pod.uid);
    const first = await until(measure);
    expect(first.memoryBytes).toBeLessThan(64 * 1024 * 1024);
    expect(first.receivedBytes).toEqual(expect.any(Number));
    await until(async () => (await measure())!.cpuSeconds > first.cpuSeconds + 0.2 || undefined);
  });

  test('memory above the limit kills the container', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('head -c 200000000 /dev/zero | tail', {}, { memoryBytes: 32 * 1024 * 1024 });
    await worker.pods.apply(pod);
    const status = await worker.until(pod.uid, ({ phase }) => phase === 'Failed');
    expect(status.state).toMatchObject({ kind: 'terminated', exitCode: 137 });
  });

  test('a container that fails is started again under OnFailure, a clean end is the end', async () => {
    const worker = await new Worker().start();
    const pod = shellPod(
      'echo run; test -f /state/ran && exit 0; touch /state/ran; exit 1',
      { restartPolicy: 'OnFailure', volumes: [{ kind: 'empty', name: 'state' }] },
      { mounts: [{ volume: 'state', path: '/state', readOnly: false }] },
    );
    await worker.pods.apply(pod);
    const status = await worker.until(pod.uid, ({ phase }) => phase === 'Succeeded');
    expect(status).toMatchObject({ restartCount: 1, last: { exitCode: 1 }, state: { exitCode: 0 } });
  });

  test('a new process adopts the running container: same id, same pod, nothing started twice', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('sleep 300', { restartPolicy: 'Always' });
    await worker.pods.apply(pod);
    const before = await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    await worker.restart();
    const after = await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    expect(after).toEqual(before);
    expect(await worker.engine.list()).toHaveLength(1);
  });

  test('a container that was removed behind the agent’s back fails a pod that runs once, and is made again for one that always runs', async () => {
    const worker = await new Worker().start();
    const once = shellPod('sleep 300');
    const always = shellPod('sleep 300', { restartPolicy: 'Always' });
    for (const pod of [once, always]) await worker.pods.apply(pod);
    for (const pod of [once, always]) await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    for (const { id } of await worker.engine.list()) await worker.engine.remove(id);
    const status = await worker.until(once.uid, ({ phase }) => phase === 'Failed');
    expect(status.state).toMatchObject({ reason: 'ContainerStatusUnknown', exitCode: 137 });
    await worker.until(always.uid, ({ phase, restartCount }) => phase === 'Running' && restartCount === 1);
  });

  test('deleting a pod gives it its grace, and leaves nothing behind', async () => {
    const worker = await new Worker().start();
    const pod = shellPod(
      'trap "echo bye; exit 0" TERM; touch /data/ready; while true; do sleep 0.1; done',
      { volumes: [{ kind: 'empty', name: 'data' }] },
      { mounts: [{ volume: 'data', path: '/data', readOnly: false }] },
    );
    await worker.pods.apply(pod);
    await until(() => existsSync(join(worker.folder, 'volumes', pod.uid, 'data', 'ready')) || undefined);
    await worker.pods.delete(pod.uid, 20);
    await until(() => worker.gone.has(pod.uid) || undefined);
    expect(worker.statuses.get(pod.uid)).toMatchObject({ phase: 'Succeeded', state: { exitCode: 0 } });
    expect(await worker.engine.list()).toEqual([]);
    expect(existsSync(join(worker.folder, 'pods', `${pod.uid}.json`))).toBe(false);
    expect(existsSync(join(worker.folder, 'volumes', pod.uid))).toBe(false);
  });

  test('a second delete without grace does not wait for the first one’s', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('trap "" TERM; while true; do sleep 0.1; done');
    await worker.pods.apply(pod);
    await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    await worker.pods.delete(pod.uid, 3600);
    await sleep(500);
    await worker.pods.delete(pod.uid, 0);
    await until(() => worker.gone.has(pod.uid) || undefined);
  });

  test('an image that may not be pulled or cannot be pulled is reported with its reason', async () => {
    const worker = await new Worker().start();
    const local = shellPod('true', {}, { image: 'localhost/not-there:1' });
    const remote = shellPod('true', {}, { image: 'registry.invalid/not-there:1' });
    for (const pod of [local, remote]) await worker.pods.apply(pod);
    const waiting = ({ state }: PodStatus) => state.kind === 'waiting' && /^Err|BackOff/.test(state.reason);
    expect((await worker.until(local.uid, waiting)).state).toMatchObject({ reason: 'ErrImageNeverPull' });
    const { state } = await worker.until(remote.uid, waiting);
    expect(state).toMatchObject({ reason: 'ErrImagePull', message: expect.stringContaining('registry.invalid') });
  });

  test('a program that does not exist fails the pod with a reason', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('', {}, { command: ['/no/such/program'] });
    await worker.pods.apply(pod);
    const status = await worker.until(pod.uid, ({ phase }) => phase === 'Failed');
    expect(status.state).toMatchObject({ kind: 'terminated', reason: 'StartError', exitCode: 128 });
  });

  test('an image that runs as root is refused where the pod must not', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('id', {}, {});
    delete pod.container.user;
    await worker.pods.apply(pod);
    const status = await worker.until(
      pod.uid,
      ({ state }) => state.kind === 'waiting' && state.reason.endsWith('Error'),
    );
    expect(status.state).toMatchObject({ reason: 'CreateContainerConfigError' });
  });

  test('containers of pods that the platform does not know are removed, those of another worker stay', async () => {
    const [mine, other] = [await new Worker().start(), await new Worker().start()];
    const [orphan, kept, foreign] = [shellPod('sleep 300'), shellPod('sleep 300'), shellPod('sleep 300')];
    for (const pod of [orphan, kept]) await mine.pods.apply(pod);
    await other.pods.apply(foreign);
    for (const pod of [orphan, kept]) await mine.until(pod.uid, ({ phase }) => phase === 'Running');
    await other.until(foreign.uid, ({ phase }) => phase === 'Running');
    // Its record is lost with the disk, its container runs on.
    rmSync(join(mine.folder, 'pods', `${orphan.uid}.json`));
    await mine.restart();
    await mine.pods.keepOnly([kept.uid]);
    expect((await mine.engine.list()).map(({ podUid }) => podUid)).toEqual([kept.uid]);
    expect((await other.engine.list()).map(({ podUid }) => podUid)).toEqual([foreign.uid]);
  });

  test('pods of one namespace reach each other across agents, pods of another do not', async () => {
    const [one, two] = [await new Worker().start(), await new Worker().start()];
    const server = shellPod('while true; do echo hello | nc -l -p 5000; done');
    await one.pods.apply(server);
    const { podIp } = await one.until(server.uid, ({ phase }) => phase === 'Running');
    const reach = `for i in 1 2 3 4 5; do nc -w 1 ${podIp} 5000 && exit 0; sleep 0.2; done; exit 1`;
    const friend = shellPod(reach);
    await two.pods.apply(friend);
    expect((await two.until(friend.uid, ({ state }) => state.kind === 'terminated')).phase).toBe('Succeeded');
    // Netavark 1.4 lifts the isolation of all networks when any is torn down, as suites beside this one do, until the next is set up.
    const phases: string[] = [];
    while (phases.length < 4 && phases.at(-1) !== 'Failed') {
      const stranger = shellPod(reach, { namespace: 'agent-test-other' });
      await two.pods.apply(stranger);
      phases.push((await two.until(stranger.uid, ({ state }) => state.kind === 'terminated')).phase);
      await two.pods.delete(stranger.uid, 0);
      await until(() => two.gone.has(stranger.uid) || undefined);
    }
    expect(phases.at(-1)).toBe('Failed');
  });

  test('draining ends every pod with its grace and says why', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('sleep 300', { restartPolicy: 'Always' });
    await worker.pods.apply(pod);
    await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    await worker.pods.drain('Drained', 'Out of service.');
    expect(worker.statuses.get(pod.uid)).toMatchObject({ phase: 'Failed', reason: 'Drained' });
    expect(await worker.engine.list()).toEqual([]);
    await worker.restart();
    expect(worker.statuses.get(pod.uid)).toMatchObject({ phase: 'Failed', reason: 'Drained' });
  });

  test('a pod that outlives its deadline fails', async () => {
    const worker = await new Worker().start();
    const pod = shellPod('sleep 300', { deadlineSeconds: 1 });
    await worker.pods.apply(pod);
    const status = await worker.until(pod.uid, ({ phase }) => phase === 'Failed');
    expect(status.reason).toBe('DeadlineExceeded');
  });
});

describe('commands in a container', () => {
  async function running() {
    const worker = await new Worker().start();
    const pod = shellPod('sleep 300');
    await worker.pods.apply(pod);
    await worker.until(pod.uid, ({ phase }) => phase === 'Running');
    return { engine: worker.engine, id: worker.pods.container(pod.uid)!.id };
  }

  test('stdin goes in, stdout and stderr come back apart, and so does the exit code', async () => {
    const { engine, id } = await running();
    const { near, far } = loopback();
    const shell = serveExec(
      engine,
      id,
      { command: ['sh', '-c', 'cat; echo err >&2; exit 7'], stdin: true, tty: false },
      near,
    );
    await far.write(channels.stdin, Buffer.from('typed'));
    await far.write(channels.stdin, Buffer.alloc(0));
    void shell.done.then(() => far.end());
    const output = { 0: '', 1: '', 2: '' };
    for await (const { channel, payload } of far) output[channel] += payload;
    expect(output).toEqual({ 0: '', 1: 'typed', 2: 'err\n' });
    expect(await shell.done).toEqual({ exitCode: 7 });
  });

  test('a terminal is a terminal, and follows its window', async () => {
    const { engine, id } = await running();
    const { near, far } = loopback();
    const shell = serveExec(engine, id, { command: ['sh'], stdin: true, tty: true }, near);
    void shell.done.then(() => far.end());
    let output = '';
    const reading = (async () => {
      for await (const { payload } of far) output += payload;
    })();
    const type = (text: string) => far.write(channels.stdin, Buffer.from(text));
    await type('tty && echo is-a-tty\n');
    await until(
      () => output.includes('is-a-tty\r\n') || undefined,
      () => output,
    );
    shell.resize(97, 41);
    await until(
      async () => {
        await type('stty size\n');
        return output.includes('41 97') || undefined;
      },
      () => JSON.stringify(output.slice(0, 1000)),
    );
    await type('exit 5\n');
    expect(await shell.done).toEqual({ exitCode: 5 });
    await reading;
  });

  test('output that nobody reads stops the command, not the agent', async () => {
    const { engine, id } = await running();
    const { near, far } = loopback();
    let sent = 0;
    const write = near.write.bind(near);
    near.write = (channel, data) => {
      sent += data.byteLength;
      return write(channel, data);
    };
    const shell = serveExec(engine, id, { command: ['cat', '/dev/zero'], stdin: false, tty: false }, near);
    await sleep(1_000);
    expect(sent).toBeLessThan(1024 * 1024);
    near.end();
    far.end();
    await shell.done;
  });
});
