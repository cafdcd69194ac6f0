/** A command or a shell on a worker: this terminal, joined to the container over a WebSocket. */
import { execSocket } from '@muster/contract/client';
import WebSocket from 'ws';
import { z } from 'zod';
import { connect } from './connect.ts';
import { UserError } from './failure.ts';

/** The channels of `v4.channel.k8s.io`: the first byte of every message. */
const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4 } as const;

/** How Kubernetes tells the end of a command: `Success`, or a failure with the exit code among its causes. */
const Status = z.object({
  status: z.string(),
  message: z.string().optional(),
  details: z
    .object({ causes: z.array(z.object({ reason: z.string().optional(), message: z.string().optional() })).optional() })
    .optional(),
});

/**
 * Runs a command in a worker's container, with this process's standard streams.
 *
 * @returns the command's exit code
 * @throws UserError when the shell is refused
 */
export async function runShell(
  clusterId: string,
  options: { rank: number; command: string[]; tty: boolean },
): Promise<number> {
  const { url, headers, protocol } = execSocket(await connect(), clusterId, {
    rank: options.rank,
    command: options.command,
    tty: options.tty,
    stdin: true,
  });
  const socket = new WebSocket(url, protocol, { headers });
  const send = (to: number, data: Uint8Array | string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(Buffer.concat([Buffer.of(to), Buffer.from(data)]));
  };
  const raw = options.tty && process.stdin.isTTY;
  const resize = () =>
    send(channel.resize, JSON.stringify({ Width: process.stdout.columns, Height: process.stdout.rows }));
  const type = (data: Buffer) => send(channel.stdin, data);

  return new Promise<number>((resolve, reject) => {
    let exitCode: number | undefined;
    socket.once('open', () => {
      if (raw) {
        process.stdin.setRawMode(true);
        resize();
        process.stdout.on('resize', resize);
      }
      process.stdin.on('data', type);
    });
    socket.on('message', (data: Buffer) => {
      const text = data.subarray(1);
      if (data[0] === channel.stdout) process.stdout.write(text);
      if (data[0] === channel.stderr) process.stderr.write(text);
      if (data[0] === channel.status) exitCode = exitCodeOf(text.toString());
    });
    socket.once('unexpected-response', (request, response) => {
      request.destroy();
      reject(
        new UserError(
          `The shell was refused (${response.statusCode}).`,
          'See that the cluster runs: `muster cluster get`.',
        ),
      );
    });
    socket.once('error', reject);
    socket.once('close', (code) => {
      if (raw) process.stdin.setRawMode(false);
      process.stdout.off('resize', resize);
      process.stdin.off('data', type).unref();
      if (exitCode === undefined) reject(new Error(`The connection to the shell was lost (${code}).`));
      else resolve(exitCode);
    });
  });
}

function exitCodeOf(text: string): number {
  const parsed = Status.safeParse(JSON.parse(text));
  if (!parsed.success) return 1;
  if (parsed.data.status === 'Success') return 0;
  const cause = parsed.data.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  if (!cause) process.stderr.write(`${parsed.data.message ?? 'The command could not be run.'}\n`);
  return Number(cause?.message ?? 1);
}
