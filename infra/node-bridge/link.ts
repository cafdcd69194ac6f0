/**
 * One agent's connection as the bridge holds it: parsed, rate-limited, its streams multiplexed. The agent is hostile until
 * it has kept to the protocol: whatever breaks a rule ends this connection and nothing else.
 */
import {
  type AgentFrame,
  type BridgeFrame,
  type Chunk,
  channels,
  decodeChunk,
  encodeChunk,
  FlowStream,
  ProtocolError,
  parseAgentFrame,
} from '@muster/agent';
import type { Logger } from '@muster/common';
import type { RawData, WebSocket } from 'ws';

/** How a stream ended on the agent's side. */
export interface StreamEnd {
  exitCode?: number;
  error?: string;
}

/** Something of a pod that is read or written through the agent: a log, a shell. */
export interface RemoteStream {
  output: AsyncIterable<Chunk>;
  ended: Promise<StreamEnd>;
  /** Bytes for stdin; none ends it. Resolves when the agent has room for more. */
  write(bytes: Uint8Array): Promise<void>;
  resize(columns: number, rows: number): void;
  /** The reader wants no more. */
  close(): void;
}

/** An answer to `speed.down` or the bytes of `speed.up`, for whoever measures. */
export interface SpeedProbe {
  received(sha256: string): void;
  chunk(bytes: number): void;
}

type LogsRequest = Omit<Extract<BridgeFrame, { type: 'logs' }>, 'type' | 'stream'>;
type ExecRequest = Omit<Extract<BridgeFrame, { type: 'exec' }>, 'type' | 'stream'>;

/** Text frames that an agent may send at once and per second: its pods' statuses after a reconnect fit. */
const burstFrames = 5_000;
const framesPerSecond = 200;
/** What may wait for a slow agent before it is given up. */
const sendBufferBytes = 64 * 1024 * 1024;

export class Link {
  readonly workerId: string;
  #socket: WebSocket;
  #log: Logger;
  #streams = new Map<number, { flow: FlowStream; end(end: StreamEnd): void }>();
  #probes = new Map<number, SpeedProbe>();
  #nextStream = 1;
  #tokens = burstFrames;
  #refilledAt = Date.now();

  constructor(workerId: string, socket: WebSocket, log: Logger) {
    this.workerId = workerId;
    this.#socket = socket;
    this.#log = log;
  }

  /** Hands every frame that is not about a stream to `onFrame`, in order; resolves with why the connection ended. */
  serve(onFrame: (frame: AgentFrame) => void): Promise<string> {
    const ended = new Promise<string>((resolve) => {
      this.#socket.once('close', (code, reason) => resolve(`${code} ${reason}`.trim().slice(0, 200)));
    });
    // ws closes by itself after an error; the reason comes with `close`.
    this.#socket.on('error', (error) => this.#log.warn({ err: error, workerId: this.workerId }, 'agent connection'));
    this.#socket.on('message', (data, binary) => {
      try {
        this.#spend();
        if (binary) this.#chunk(decodeChunk(bufferOf(data)));
        else this.#frame(parseAgentFrame(data.toString()), onFrame);
      } catch (error) {
        if (!(error instanceof ProtocolError))
          this.#log.error({ err: error, workerId: this.workerId }, 'a frame failed');
        this.close(1008, error instanceof ProtocolError ? error.message : 'A fault of ours.');
      }
    });
    return ended.finally(() => {
      for (const { end } of this.#streams.values()) end({ error: 'The worker is not connected any more.' });
    });
  }

  send(frame: BridgeFrame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > sendBufferBytes) this.#socket.terminate();
    else this.#socket.send(JSON.stringify(frame));
  }

  close(code: number, reason: string): void {
    this.#socket.close(code, reason.slice(0, 100));
    // A peer that does not answer the closing handshake is cut off.
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  logs(request: LogsRequest): RemoteStream {
    return this.#open((stream) => ({ type: 'logs', stream, ...request }));
  }

  exec(request: ExecRequest): RemoteStream {
    return this.#open((stream) => ({ type: 'exec', stream, ...request }));
  }

  /** A stream number for a speed test, until `done`. */
  probe(probe: SpeedProbe): { stream: number; done(): void } {
    const stream = this.#nextStream++;
    this.#probes.set(stream, probe);
    return { stream, done: () => this.#probes.delete(stream) };
  }

  /** Sends one chunk of a speed test; resolves when it has left this process. */
  sendProbe(stream: number, payload: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(encodeChunk(stream, channels.stdout, payload), (error) => (error ? reject(error) : resolve()));
    });
  }

  #open(request: (stream: number) => BridgeFrame): RemoteStream {
    const id = this.#nextStream++;
    const flow = new FlowStream(id, {
      binary: (frame) => this.#socket.send(frame),
      credit: (stream, bytes) => this.send({ type: 'stream.credit', stream, bytes }),
    });
    const { promise: ended, resolve } = Promise.withResolvers<StreamEnd>();
    this.#streams.set(id, {
      flow,
      end: (end) => {
        this.#streams.delete(id);
        flow.end();
        resolve(end);
      },
    });
    if (this.#socket.readyState === this.#socket.OPEN) this.send(request(id));
    else this.#streams.get(id)?.end({ error: 'The worker is not connected.' });
    return {
      output: flow,
      ended,
      write: (bytes) => flow.write(channels.stdin, bytes),
      resize: (columns, rows) => this.send({ type: 'exec.resize', stream: id, columns, rows }),
      close: () => {
        if (!this.#streams.has(id)) return;
        this.send({ type: 'stream.close', stream: id });
        this.#streams.get(id)?.end({ error: 'Closed by the reader.' });
      },
    };
  }

  #frame(frame: AgentFrame, onFrame: (frame: AgentFrame) => void): void {
    switch (frame.type) {
      case 'stream.credit':
        this.#streams.get(frame.stream)?.flow.granted(frame.bytes);
        return;
      case 'stream.end':
        this.#streams.get(frame.stream)?.end({
          ...(frame.exitCode !== undefined && { exitCode: frame.exitCode }),
          ...(frame.error !== undefined && { error: frame.error }),
        });
        return;
      case 'speed.received':
        this.#probes.get(frame.stream)?.received(frame.sha256);
        return;
      default:
        onFrame(frame);
    }
  }

  /** Chunks of a stream that has just been closed are still on their way, and dropped. */
  #chunk({ stream, channel, payload }: { stream: number } & Chunk): void {
    const known = this.#streams.get(stream);
    const probe = this.#probes.get(stream);
    if (probe) probe.chunk(payload.byteLength);
    // What is asked for is paid back: only what nobody asked for counts against the agent.
    if (known || probe) this.#tokens += 1;
    known?.flow.received({ channel, payload });
  }

  #spend(): void {
    const now = Date.now();
    this.#tokens = Math.min(burstFrames, this.#tokens + ((now - this.#refilledAt) / 1000) * framesPerSecond);
    this.#refilledAt = now;
    this.#tokens -= 1;
    if (this.#tokens < 0) throw new ProtocolError('Too many frames.');
  }
}

function bufferOf(data: RawData): Buffer {
  if (Buffer.isBuffer(data)) return data;
  return Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);
}
