import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createAuthority, issueServerCertificate } from '@muster/workers';

const token = 'mse_ThisIsTheTokenOfTheTest';
const served = mkdtempSync(join(tmpdir(), 'muster-join-'));
/** What the platform answers to an enrolment: an identity, or its refusal. */
let admit: Record<string, string> | undefined;
let connectUrl = '';
let certificate = '';
let caCertificate = '';
const requests: { path: string; body: string }[] = [];
/** How often an agent has dialled `connectUrl`. */
let calls = 0;
const sockets = new Set<Socket>();

const platform = createServer(async (request, response) => {
  requests.push({ path: request.url!, body: await text(request) });
  if (request.url!.startsWith('/page/')) return response.end('<!doctype html>');
  const file = join(served, request.url!.replace('/agent/', ''));
  if (request.method === 'GET' && existsSync(file)) return response.end(readFileSync(file));
  if (request.url !== '/private/v1/enrolments') return response.writeHead(404).end();
  response.writeHead(admit ? 201 : 401, { 'content-type': 'application/json' });
  response.end(
    JSON.stringify(admit ?? { title: 'Unknown', detail: 'There is no such enrolment token.', fix: 'Make a new one.' }),
  );
});
const bridge = createTcp((socket) => {
  calls++;
  sockets.add(socket.on('error', () => {}));
});
let url = '';
beforeAll(async () => {
  // In a process of its own: a native module does not know the objects of Jest's realm for what they are.
  const bundle = `import { bundleAgent } from '${import.meta.dirname}/bundle.ts'; await bundleAgent('${served}')`;
  execFileSync(process.execPath, ['--input-type=module', '--eval', bundle]);
  const authority = await createAuthority('test');
  const issued = await issueServerCertificate(authority, ['127.0.0.1']);
  ({ certificatePem: certificate } = issued);
  caCertificate = authority.certificatePem;
  for (const server of [platform, bridge]) await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(platform.address() as AddressInfo).port}`;
  connectUrl = `ws://127.0.0.1:${(bridge.address() as AddressInfo).port}`;
});
afterAll(() => {
  platform.close();
  bridge.close();
  for (const socket of sockets) socket.destroy();
  rmSync(served, { recursive: true, force: true });
});

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'muster-home-'));
  admit = undefined;
  requests.length = 0;
  // A Node that notes what it is started with.
  const node = join(home, 'node');
  writeFileSync(
    node,
    `#!/bin/sh\nprintf '%s\\n' "$*" >>${home}/started\nenv >>${home}/started\nexec ${process.execPath} "$@"\n`,
  );
  chmodSync(node, 0o755);
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

interface Given {
  token?: string;
  path?: string;
  node?: string;
  script?: string;
}

/** Runs the script as a supplier does: piped into a shell. */
function start(args: string[], { token, path = process.env.PATH!, node = join(home, 'node'), script }: Given = {}) {
  const child = spawn('/bin/sh', ['-s', '--', ...args], {
    env: { HOME: home, PATH: path, MUSTER_NODE: node, ...(token && { MUSTER_TOKEN: token }) },
    cwd: home,
  });
  child.stdin.end(script ?? readFileSync(join(served, 'join.sh')));
  const ended = Promise.all([once(child, 'close'), text(child.stdout), text(child.stderr)]).then(
    ([[code], stdout, stderr]) => ({ code: code as number, stdout, stderr }),
  );
  return { child, ended };
}
const run = (args: string[], given?: Given) => start(args, given).ended;

/** A folder of programs that is all there is, and what else the script uses of a Linux. */
function onlyPrograms(...names: string[]): string {
  const folder = mkdtempSync(join(home, 'bin-'));
  const usual = ['uname', 'mkdir', 'mv', 'cp', 'rm', 'cat', 'grep', 'id', 'tr', 'basename', 'env', 'sh'];
  for (const name of [...usual, ...names]) {
    const found = process.env.PATH!.split(delimiter).find((each) => existsSync(join(each, name)))!;
    symlinkSync(join(found, name), join(folder, name));
  }
  return folder;
}

/** Puts a program of the test's own into a folder. */
function program(folder: string, name: string, lines: string): void {
  rmSync(join(folder, name), { force: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
}

describe('the join command', () => {
  test('a token that the platform refuses: it says why in its words, and the machine is no worker', async () => {
    const { code, stderr } = await run(['--url', url], { token });
    expect(code).toBe(1);
    expect(stderr).toContain('The platform refused (401): There is no such enrolment token. Make a new one.');
    expect(stderr).toContain('fix: ');
    expect(existsSync(join(home, '.muster-agent/identity.json'))).toBe(false);
    expect(JSON.parse(requests.at(-1)!.body).token).toBe(token);
  });

  test('a machine joins once and runs; it starts again without a token, and another worker has a folder of its own', async () => {
    admit = { workerId: 'wrk_1', connectUrl, certificate, caCertificate };
    const runs = async (args: string[], given: Given = {}) => {
      const before = calls;
      const { child, ended } = start(args, given);
      await Promise.race([once(bridge, 'connection'), ended]);
      expect(calls).toBe(before + 1);
      // The shell has become the agent: who stops the one stops the other.
      child.kill('SIGTERM');
      expect((await ended).code).toBe(0);
      return (await ended).stdout;
    };
    const enrolments = () => requests.filter(({ path }) => path === '/private/v1/enrolments').length;
    expect(await runs(['--url', `${url}/`], { token })).toContain('This machine is worker wrk_1.');
    await runs(['--url', url]);
    expect(enrolments()).toBe(1);

    const again = await run(['--url', url], { token });
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining('is a worker already') });
    expect(enrolments()).toBe(1);

    admit = { ...admit, workerId: 'wrk_2' };
    await runs(['--url', url, '--state', 'second one'], { token });
    const identity = (folder: string) => JSON.parse(readFileSync(join(home, folder, 'identity.json'), 'utf8'));
    expect(identity('.muster-agent').workerId).toBe('wrk_1');
    expect(identity('second one').workerId).toBe('wrk_2');
  });

  test('the token is in no argument list, no environment and no address', async () => {
    admit = { workerId: 'wrk_1', connectUrl, certificate, caCertificate };
    const { child, ended } = start(['--url', url], { token });
    await Promise.race([once(bridge, 'connection'), ended]);
    child.kill('SIGTERM');
    await ended;
    const started = readFileSync(join(home, 'started'), 'utf8');
    expect(started).toContain('join --url');
    expect(started).toContain('run --state');
    expect(started).not.toContain(token);
    expect(requests.map(({ path }) => path).join()).not.toContain(token);
  });

  test('whatever is missing: one sentence, the fix, and nothing was enrolled', async () => {
    const all = onlyPrograms('curl', 'podman');
    const broken = onlyPrograms('curl', 'podman');
    program(broken, 'nvidia-smi', 'echo "NVIDIA-SMI has failed" >&2; exit 9');
    const cases: [string, string[], Given, string][] = [
      ['no platform', [], {}, 'which platform'],
      ['an address of nothing', ['--url', 'muster.example'], {}, 'no address of a platform'],
      ['an unknown option', ['--url', url, '--fast'], {}, 'no option --fast'],
      ['an option without its value', ['--url'], {}, '--url needs a value'],
      ['no token', ['--url', url], {}, 'there is no token'],
      ['no curl', ['--url', url], { path: onlyPrograms('podman') }, 'no curl'],
      ['no engine', ['--url', url], { path: onlyPrograms('curl') }, 'no Podman and no Docker'],
      ['another engine', ['--url', url, '--engine', 'rkt'], {}, 'no engine rkt'],
      ['no driver', ['--url', url, '--gpu'], { path: all }, 'no nvidia-smi'],
      ['no GPU', ['--url', url, '--gpu'], { path: broken }, 'finds no GPU'],
      ['no Node', ['--url', url], { path: all, node: '' }, 'no Node 24'],
      ['an old Node', ['--url', url], { node: '/bin/false' }, 'not Node 24'],
      ['no systemd', ['--url', url, '--service'], { path: all }, 'systemd does not answer'],
      ['no authority', ['--url', url, '--ca-file', 'none.pem'], {}, 'none.pem cannot be read'],
      ['another server', ['--url', `${url}/elsewhere`], { token }, 'gives out no agent'],
    ];
    for (const [name, args, given, sentence] of cases) {
      const { code, stderr } = await run(args, given);
      expect({ name, code, stderr }).toMatchObject({ code: 1, stderr: expect.stringContaining(sentence) });
      expect({ name, fixes: stderr.match(/^ {2}fix: .+$/gm) }).toMatchObject({ fixes: [expect.any(String)] });
    }
    expect(requests.filter(({ path }) => path === '/private/v1/enrolments')).toEqual([]);
  });

  test('what is no agent does not take the place of one', async () => {
    const agent = join(home, '.muster-agent/muster-agent.mjs');
    await run(['--url', url]);
    const before = readFileSync(agent, 'utf8');
    const { stderr } = await run(['--url', `${url}/page`], { token });
    expect(stderr).toContain('is no agent');
    expect(readFileSync(agent, 'utf8')).toBe(before);
  });

  test('a script that was cut off anywhere on its way does nothing', async () => {
    const script = readFileSync(join(served, 'join.sh'), 'utf8');
    for (const part of [0.3, 0.6, 0.9, 0.99]) {
      await run(['--url', url], { token, script: script.slice(0, script.length * part) });
    }
    expect(requests).toEqual([]);
    expect(existsSync(join(home, '.muster-agent'))).toBe(false);
  });

  test('as a service it is started by systemd, which leaves containers alone when it stops it', async () => {
    admit = { workerId: 'wrk_1', connectUrl, certificate, caCertificate };
    const path = onlyPrograms('curl', 'podman', 'runc', 'node');
    program(path, 'id', 'echo 1000');
    program(path, 'systemctl', `echo "$*" >>${home}/systemctl`);
    program(path, 'loginctl', 'true');
    const { code, stdout } = await run(['--url', url, '--service', '--drain', '--state', 'box 1'], { token, path });
    expect(code).toBe(0);
    expect(stdout).toContain('It runs as the service muster-agent-box-1.');
    expect(readFileSync(join(home, 'systemctl'), 'utf8')).toBe(
      '--user show\n--user daemon-reload\n--user enable --now muster-agent-box-1.service\n',
    );
    const unit = readFileSync(join(home, '.config/systemd/user/muster-agent-box-1.service'), 'utf8');
    expect(unit).toContain(
      `ExecStart="${home}/node" "${home}/.muster-agent/muster-agent.mjs" run --state "${home}/box 1" --drain`,
    );
    expect(unit).toContain('KillMode=process');
  });
});
