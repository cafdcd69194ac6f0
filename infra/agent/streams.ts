/** Serves what someone far away asks of one container: its log, or a command with or without a terminal. */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { runCommand } from './command.ts';
import type { Engine, LogOptions } from './engine.ts';
import type { FlowStream } from './flow.ts';
import { type Channel, channels } from './protocol.ts';

/** How a stream ended: an exit code, or why it could not be served. */
export interface StreamEnd {
  exitCode?: number;
  error?: string;
}

/** Sends a container's log until its end, or until the other side closes the stream. */
export async function serveLogs(
  engine: Engine,
  id: string,
  options: LogOptions,
  stream: FlowStream,
): Promise<StreamEnd> {
  const sent = await sendLog(engine.logs(id, options), stream, [0, 0]);
  // Podman's follower may leave before the last lines of a container that has just ended: what it left out is read again.
  if (options.follow && options.tailLines === undefined && !stream.ended) {
    await sendLog(engine.logs(id, { ...options, follow: false }), stream, sent);
  }
  return {};
}

/** Bytes of stdout and of stderr. */
type Sent = [stdout: number, stderr: number];

/** Sends what a reader of a log reads, without its first bytes; answers how far it came. */
async function sendLog(child: ChildProcess, stream: FlowStream, [stdout, stderr]: Sent): Promise<Sent> {
  void closed(stream).then(() => child.kill());
  return Promise.all([
    send(child.stdout!, stream, channels.stdout, stdout),
    send(child.stderr!, stream, channels.stderr, stderr),
  ]);
}

/** A command in a container, as it runs. */
export interface Shell {
  done: Promise<StreamEnd>;
  /** Does nothing without a terminal. */
  resize(columns: number, rows: number): void;
}

/** Runs a command: what comes on stdin goes in, an empty chunk ends it, output goes back as the other side reads it. */
export function serveExec(
  engine: Engine,
  id: string,
  request: { command: string[]; stdin: boolean; tty: boolean },
  stream: FlowStream,
): Shell {
  const child = engine.exec(id, request.command, request);
  const terminal = request.tty ? firstLine(child.stdout!) : undefined;
  const exit = new Promise<StreamEnd>((resolve) => {
    child.once('error', (error) => resolve({ error: error.message }));
    child.once('close', (code) => resolve({ exitCode: code ?? 137 }));
  });
  // What a closed pipe says is known already from the child's end.
  child.stdin?.on('error', () => {});
  void Promise.resolve(terminal)
    .then(() => receive(stream, child))
    .then(() => child.kill());
  const output = Promise.all([
    Promise.resolve(terminal).then(() => send(child.stdout!, stream, channels.stdout)),
    send(child.stderr!, stream, channels.stderr),
  ]);
  return {
    done: output.then(() => exit),
    resize: (columns, rows) => {
      if (!terminal || columns === 0 || rows === 0) return;
      void terminal
        .then((name) => runCommand('stty', ['-F', name, 'cols', String(columns), 'rows', String(rows)]))
        // A shell that ended while its window was dragged.
        .catch(() => {});
    },
  };
}

/** Sends what comes after the first `skip` bytes; answers how many bytes came in all. */
async function send(source: Readable, stream: FlowStream, channel: Channel, skip = 0): Promise<number> {
  let read = 0;
  for await (const chunk of source as AsyncIterable<Buffer>) {
    const fresh = chunk.subarray(Math.max(0, skip - read));
    read += chunk.length;
    if (fresh.length > 0) await stream.write(channel, fresh);
    if (stream.ended) break;
  }
  return read;
}

async function receive(stream: FlowStream, child: ChildProcess): Promise<void> {
  for await (const { channel, payload } of stream) {
    if (channel !== channels.stdin || !child.stdin?.writable) continue;
    if (payload.byteLength === 0) child.stdin.end();
    else if (!child.stdin.write(payload)) await Promise.race([once(child.stdin, 'drain'), once(child, 'close')]);
  }
}

async function closed(stream: FlowStream): Promise<void> {
  for await (const _ of stream);
}

/** Takes the first line off a stream, and leaves the rest for the next reader. */
async function firstLine(source: Readable): Promise<string> {
  let head = Buffer.alloc(0);
  while (!head.includes(10)) {
    const chunk: Buffer | null = source.read();
    if (chunk) head = Buffer.concat([head, chunk]);
    else if (source.readableEnded || source.destroyed) return '';
    else await Promise.race([once(source, 'readable'), once(source, 'end')]);
  }
  const end = head.indexOf(10);
  if (end + 1 < head.length) source.unshift(head.subarray(end + 1));
  return head.subarray(0, end).toString().trim();
}
