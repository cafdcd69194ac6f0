/** Ports of a stack: chosen free, remembered in `ports.json`, and chosen anew when a stranger took one that nobody was told. */
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { StepError } from './progress.ts';
import { type Stack, writePrivate } from './stack.ts';
import { waitFor } from './supervisor.ts';

/** Below Linux's ephemeral range (32768 and up), so that no outgoing connection ever holds one of ours. */
const range = { from: 20_000, to: 32_000 };

/** The remembered ports by name. */
export function readPorts(stack: Stack): Record<string, number> {
  const file = join(stack.home, 'ports.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

/** The port that a process of this stack was given last, or undefined. */
export function knownPort(stack: Stack, name: string): number | undefined {
  return readPorts(stack)[name];
}

/**
 * A port that is free now, for a process that is about to start.
 *
 * @param usual tried first when none is remembered. A port with a usual number is one that people and agents were told:
 * it is never chosen anew.
 * @throws StepError when such a port is held by another program
 */
export async function claimPort(stack: Stack, name: string, usual?: number): Promise<number> {
  const remembered = readPorts(stack)[name];
  // A process that was killed counts as ended while its last threads still hold its sockets, for some milliseconds.
  const free = remembered !== undefined && (await waitFor(() => isFree(remembered), 3_000, 50));
  if (usual && remembered && !free) {
    throw new StepError(`Port ${remembered} of ${name} is held by another program.`, {
      fix: 'stop that program, or begin anew with ./muster down --purge',
    });
  }
  let port = remembered ?? usual ?? randomPort();
  while (!(await isFree(port)) || takenByAnother(stack, name, port)) port = randomPort();
  writePrivate(join(stack.home, 'ports.json'), `${JSON.stringify({ ...readPorts(stack), [name]: port }, null, 2)}\n`);
  return port;
}

function takenByAnother(stack: Stack, name: string, port: number): boolean {
  return Object.entries(readPorts(stack)).some(([other, its]) => other !== name && its === port);
}

function randomPort(): number {
  return randomInt(range.from, range.to);
}

/** Whether nobody listens on this port, on loopback or on any address. */
export async function isFree(port: number): Promise<boolean> {
  return (await canListen(port, '127.0.0.1')) && (await canListen(port, '0.0.0.0'));
}

function canListen(port: number, host: string): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, host, () => server.close(() => done(true)));
  });
}
