import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { asCommandLine, asCurl, asTypeScript } from './as-code.ts';
import { blank, type Draft, requestOf } from './draft.ts';

const url = 'https://muster.example';
const job: Draft = {
  ...blank,
  name: 'trial-1',
  kind: 'job',
  image: 'registry.example/team/train:1.2',
  command: ['sh', '-c', "echo 'a b' && $HOME"],
  args: ['--epochs', '10'],
  variables: [{ name: 'GREETING', value: "it's `me`" }],
  modelIds: ['nvidia-h100-80gb-sxm', 'nvidia-l4'],
  devicesPerWorker: 2,
  workers: 4,
  countries: ['DE', 'FR'],
  regions: ['asia'],
  tier: 'high',
  oneSite: true,
  oneNetworkDomain: true,
  compliance: ['soc2', 'gdpr'],
  serviceTier: 'trusted',
  hours: 48,
  maxMicroUsdPerDeviceHour: '2500000',
  spendingCapMicroUsd: '100000001',
  simulated: true,
};
const bare: Draft = { ...blank, modelIds: ['nvidia-l4'], minWorkers: 1, maxWorkers: 4, idleShutdownSeconds: 900 };

/** The words that a real shell hands to the program of a line. */
async function handed(line: string): Promise<string[]> {
  const program = 'muster() { printf "%s\\0" "$@"; }; curl() { printf "%s\\0" "$@"; }; uuidgen() { echo uuid; }\n';
  const { stdout } = await promisify(execFile)('sh', ['-c', program + line], {
    env: { PATH: process.env.PATH, MUSTER_API_KEY: 'the-key' },
  });
  return stdout.split('\0').slice(0, -1);
}

describe('a request as code', () => {
  test('is a command line that says every field, as ui/cli/request.ts reads it', async () => {
    const words = await handed(asCommandLine(requestOf(job)));
    expect(words).toEqual(
      [
        ['cluster', 'create', '--name', 'trial-1', '--kind', 'job', '--image', 'registry.example/team/train:1.2'],
        ['--env', "GREETING=it's `me`", '--arg', '--epochs', '--arg', '10'],
        ['--model', 'nvidia-h100-80gb-sxm', '--model', 'nvidia-l4', '--devices', '2', '--workers', '4'],
        ['--country', 'DE', '--country', 'FR', '--region', 'asia', '--tier', 'high'],
        ['--one-site', '--one-network-domain', '--compliance', 'soc2', '--compliance', 'gdpr'],
        ['--service-tier', 'trusted', '--hours', '48', '--max-price', '2.50', '--spending-cap', '100.000001'],
        ['--simulated', '--', 'sh', '-c', "echo 'a b' && $HOME"],
      ].flat(),
    );
    expect(await handed(asCommandLine(requestOf(bare)))).toEqual(
      ['cluster create --kind container --model nvidia-l4 --devices 1 --workers 1 --tier low']
        .concat('--min-workers 1 --max-workers 4 --idle-shutdown 900')
        .flatMap((line) => line.split(' ')),
    );
  });

  test('is a curl line that sends exactly the request, with the key of the shell', async () => {
    const words = await handed(asCurl(requestOf(job), url));
    expect(JSON.parse(words.at(-1)!)).toEqual({ request: requestOf(job) });
    expect(words).toContain(`${url}/v1/clusters`);
    expect(words).toContain('Authorization: Bearer the-key');
  });

  test('is a program that sends exactly the request', () => {
    const program = asTypeScript(requestOf(job), url);
    const [, body] = /body: (\{[\s\S]*?\n {4}\}),\n/.exec(program)!;
    expect(JSON.parse(body!)).toEqual({ request: requestOf(job) });
    expect(program).toContain('process.env.MUSTER_API_KEY');
  });
});
