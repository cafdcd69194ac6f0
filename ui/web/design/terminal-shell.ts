/** A shell over a WebSocket of `v4.channel.k8s.io`: the first byte of every message says which stream it belongs to. */

const channel = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4 } as const;

export type ShellEnd =
  /** The program ended by itself. */
  | { how: 'ended'; code: number; message?: string }
  /** It never began; browsers do not tell why. */
  | { how: 'refused' }
  /** It was open, and then gone without a word. */
  | { how: 'cut' };

export interface Shell {
  type(text: string): void;
  resize(size: { columns: number; rows: number }): void;
  /** Hangs up, and tells nobody. */
  close(): void;
}

interface ShellOptions {
  onOpen: () => void;
  onOutput: (data: Uint8Array) => void;
  onEnd: (end: ShellEnd) => void;
}

export function openShell({ url, protocol }: { url: string; protocol: string }, options: ShellOptions): Shell {
  const socket = new WebSocket(url, protocol);
  socket.binaryType = 'arraybuffer';
  const encoder = new TextEncoder();
  const send = (to: number, text: string) => {
    if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array([to, ...encoder.encode(text)]));
  };
  let opened = false;
  let silent = false;
  let status: ShellEnd | undefined;

  socket.onopen = () => {
    opened = true;
    options.onOpen();
  };
  socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
    const bytes = new Uint8Array(data);
    const content = bytes.subarray(1);
    if (bytes[0] === channel.stdout || bytes[0] === channel.stderr) options.onOutput(content);
    if (bytes[0] === channel.status) status = endOf(new TextDecoder().decode(content));
  };
  socket.onclose = () => {
    if (!silent) options.onEnd(status ?? { how: opened ? 'cut' : 'refused' });
  };
  return {
    type: (text) => send(channel.stdin, text),
    resize: ({ columns, rows }) => send(channel.resize, JSON.stringify({ Width: columns, Height: rows })),
    close() {
      silent = true;
      socket.close();
    },
  };
}

/** How Kubernetes tells the end of a command: `Success`, or a failure with the exit code among its causes. */
interface Status {
  status?: string;
  message?: string;
  details?: { causes?: { reason?: string; message?: string }[] };
}

export function endOf(text: string): ShellEnd {
  let status: Status;
  try {
    status = JSON.parse(text) as Status;
  } catch {
    return { how: 'ended', code: 1, message: text };
  }
  if (status.status === 'Success') return { how: 'ended', code: 0 };
  const cause = status.details?.causes?.find(({ reason }) => reason === 'ExitCode');
  if (cause) return { how: 'ended', code: Number(cause.message ?? 1) };
  return { how: 'ended', code: 1, ...(status.message && { message: status.message }) };
}
