import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { createArgs, type EngineInfo, parseContainers, podmanCandidates } from './engine.ts';
import { shellPod } from './testing.ts';

const podman: EngineInfo = {
  name: 'podman',
  version: '4.3.1',
  cgroups: 'v1/cgroupfs',
  globalArgs: [],
  containerArgs: ['--ulimit', 'nofile=1:1'],
};
const docker: EngineInfo = {
  name: 'docker',
  version: '28.2.2',
  cgroups: 'v2/systemd',
  globalArgs: [],
  containerArgs: [],
};
const owner = { workerId: 'wrk_1', stack: 'demo' };

/** The values of an option, however often it is given. */
function values(args: string[], option: string): string[] {
  return args.flatMap((arg, index) =>
    arg === option ? [args[index + 1]!] : arg.startsWith(`${option}=`) ? [arg.slice(option.length + 1)] : [],
  );
}

describe('the arguments of a container', () => {
  const pod = shellPod(
    'true',
    {
      volumes: [
        { kind: 'empty', name: 'shm', memoryBytes: 1000 },
        { kind: 'files', name: 'files', files: [] },
      ],
    },
    {
      cpuMillis: 1500,
      memoryBytes: 1_000_000,
      gpus: 2,
      readOnlyRoot: true,
      env: [{ name: 'A', value: 'with space' }],
      mounts: [
        { volume: 'shm', path: '/dev/shm', readOnly: false },
        { volume: 'files', path: '/etc/x', readOnly: true, subPath: 'x' },
      ],
    },
  );
  const request = {
    pod,
    attempt: 2,
    gpus: ['0', '1:0'],
    volumes: new Map([
      ['files', '/state/files'],
      ['shm', '/state/shm'],
    ]),
  };

  test.each([podman, docker])('$name: no rights, every limit, the labels by which it is found again', (info) => {
    const args = createArgs(info, owner, request);
    expect(args).toEqual(
      expect.arrayContaining(['--cap-drop=all', '--read-only', '--pull=never', ...info.containerArgs]),
    );
    expect(values(args, '--security-opt')).toEqual(['no-new-privileges']);
    expect(values(args, '--cpus')).toEqual(['1.5']);
    expect(values(args, '--memory')).toEqual(['1000000b']);
    expect(values(args, '--memory-swap')).toEqual(['1000000b']);
    expect(values(args, '--pids-limit')).toEqual(['4096']);
    expect(values(args, '--user')).toEqual(['1000:1000']);
    expect(values(args, '--env')).toEqual(['A=with space']);
    expect(values(args, '--network')).toEqual(['muster-agent-test']);
    expect(values(args, '--label')).toEqual(
      expect.arrayContaining([
        'muster.worker=wrk_1',
        `muster.pod.uid=${pod.uid}`,
        'muster.attempt=2',
        'muster.stack=demo',
      ]),
    );
    expect(values(args, '--mount')).toEqual([
      'type=tmpfs,destination=/dev/shm,tmpfs-size=1000,tmpfs-mode=1777',
      'type=bind,source=/state/files/x,destination=/etc/x,readonly',
    ]);
    expect(args.slice(args.indexOf('--pull=never'))).toEqual(['--pull=never', pod.container.image, '-c', 'true']);
  });

  test('GPUs are CDI devices for Podman and a request for Docker', () => {
    expect(values(createArgs(podman, owner, request), '--device')).toEqual(['nvidia.com/gpu=0', 'nvidia.com/gpu=1:0']);
    expect(values(createArgs(docker, owner, request), '--gpus')).toEqual(['"device=0,1:0"']);
    expect(values(createArgs(podman, owner, { ...request, gpus: [] }), '--device')).toEqual([]);
  });

  test('args without a command keep the image’s entrypoint', () => {
    const plain = shellPod('', {}, { args: ['--serve'] });
    delete plain.container.command;
    const args = createArgs(podman, owner, { ...request, pod: plain });
    expect(values(args, '--entrypoint')).toEqual([]);
    expect(args.at(-1)).toBe('--serve');
  });
});

describe('what the engines print', () => {
  const recorded = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

  test('Podman’s running container is read with its address', () => {
    expect(parseContainers(recorded('podman-running.json'))).toMatchObject([
      {
        podUid: '1b4e28ba-2fa1-11d2-883f-0016d3cca427',
        attempt: 1,
        state: 'running',
        ip: '10.89.0.3',
        gpus: ['0'],
        finishedAt: undefined,
      },
    ]);
  });

  test('Docker’s container that was killed for memory is read so', () => {
    expect(parseContainers(recorded('docker-oom.json'))).toMatchObject([
      { attempt: 0, state: 'exited', exitCode: 137, oomKilled: true, ip: undefined },
    ]);
  });

  test('containers of others are not ours', () => {
    expect(parseContainers(recorded('podman-running.json').replaceAll('muster.pod.uid', 'other'))).toEqual([]);
  });
});

describe('adapting to the machine', () => {
  const info = (cgroupVersion: string, cgroupManager: string, runtime: string) => ({
    host: { cgroupVersion, cgroupManager, ociRuntime: { name: runtime } },
    version: { Version: '4.3.1' },
  });

  test('a machine with systemd and cgroups v2 is asked for nothing special first', () => {
    expect(podmanCandidates(info('v2', 'systemd', 'crun'), true)[0]).toMatchObject({
      globalArgs: [],
      containerArgs: [],
      cgroups: 'v2/systemd',
    });
  });

  test('without systemd cgroups are kept by files, on v1 by runc, and capped limits are tried last', () => {
    const candidates = podmanCandidates(info('v1', 'systemd', 'crun'), false);
    expect(candidates[0]).toMatchObject({
      globalArgs: ['--runtime', 'runc', '--cgroup-manager=cgroupfs'],
      containerArgs: [],
    });
    expect(candidates.at(-1)?.containerArgs).toEqual(['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024']);
  });
});
