/** One connection to the node-bridge, from its opening to its end: frames come in, are parsed and done. */
import { createHash, type Hash, randomBytes } from 'node:crypto';
import type { Clock, Logger } from '@muster/common';
import type { WebSocket } from 'ws';
import type { Engine } from './engine.ts';
import { gatherLoad } from './facts.ts';
import { FlowStream } from './flow.ts';
import type { Pods } from './pods.ts';
import {
  type AgentFrame,
  type BridgeFrame,
  channels,
  decodeChunk,
  encodeChunk,
  type Facts,
  type Gpu,
  heartbeatMs,
  maxChunkBytes,
  parseBridgeFrame,
  protocolVersion,
} from './protocol.ts';
import { type Shell, type StreamEnd, serveExec, serveLogs } from './streams.ts';
import { gatherUsage } from './usage.ts';

export interface SessionOptions {
  engine: Engine;
  pods: Pods;
  facts: Facts;
  /** The machine's GPUs by what the engine calls them. */
  gpus: ReadonlyMap<string, Gpu>;
  /** Where containers' data lives: its free space is in the heartbeat. */
  folder: string;
  clock: Clock;
  log: Logger;
  onWelcome(workerId: string): void;
  /** Called with every heartbeat; returns a certificate request when it is time for one. */
  renewal(): Promise<string | undefined>;
  onCertificate(certificate: string): Promise<void>;
}

/** A bridge that has not answered three heartbeats is gone, whatever TCP believes. */
const deafMs = 3 * heartbeatMs + 5_000;
/** Speed tests wait while this much is still to leave the machine. */
const sendBufferBytes = 4 * 1024 * 1024;

export class Session {
  #socket: WebSocket;
  #options: SessionOptions;
  #streams = new Map<number, FlowStream>();
  #shells = new Map<number, Shell>();
  #downloads = new Map<number, { left: number; hash: Hash }>();
  #heardAt = Date.now();

  constructor(socket: WebSocket, options: SessionOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  /** Serves until the connection ends; resolves with why. */
  async serve(): Promise<string> {
    const socket = this.#socket;
    const ended = new Promise<string>((resolve) => {
      socket.once('close', (code, reason) => resolve(`${code} ${reason}`.trim()));
    });
    socket.on('message', (data: Buffer, binary) => {
      this.#heardAt = Date.now();
      try {
        if (binary) this.#chunk(data);
        else this.#frame(parseBridgeFrame(data.toString()));
      } catch (error) {
        this.#options.log.error({ err: error }, 'the bridge broke the protocol');
        socket.close(1002);
      }
    });
    this.send({ type: 'hello', protocol: protocolVersion, facts: this.#options.facts });
    const heartbeat = setInterval(() => void this.#heartbeat(), heartbeatMs);
    void this.#heartbeat();
    const why = await ended;
    clearInterval(heartbeat);
    for (const stream of this.#streams.values()) stream.end();
    return why;
  }

  send(frame: AgentFrame): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  close(): void {
    this.#socket.close(1000);
  }

  async #heartbeat(): Promise<void> {
    const { pods, gpus, folder, log } = this.#options;
    if (Date.now() - this.#heardAt > deafMs) {
      this.#socket.terminate();
      return;
    }
    try {
      const [load, usage] = await Promise.all([gatherLoad(folder), gatherUsage(pods.containers, gpus)]);
      this.send({ type: 'heartbeat', pods: pods.count, ...load, usage });
      const csr = await this.#options.renewal();
      if (csr) this.send({ type: 'certificate.renew', csr });
    } catch (error) {
      log.error({ err: error }, 'a heartbeat failed');
    }
  }

  #frame(frame: BridgeFrame): void {
    const { pods } = this.#options;
    switch (frame.type) {
      case 'welcome':
        this.#options.onWelcome(frame.workerId);
        pods.reportAll();
        return;
      case 'heartbeat.seen':
        return;
      case 'pod.apply':
        this.#background(pods.apply(frame.pod));
        return;
      case 'pod.delete':
        this.#background(pods.delete(frame.uid, frame.graceSeconds));
        return;
      case 'pods.known':
        this.#background(pods.keepOnly(frame.uids));
        return;
      case 'certificate.renewed':
        this.#background(this.#options.onCertificate(frame.certificate));
        return;
      case 'speed.down':
        this.#downloads.set(frame.stream, { left: frame.bytes, hash: createHash('sha256') });
        return;
      case 'speed.up':
        this.#background(this.#upload(frame.stream, frame.bytes));
        return;
      case 'logs':
        this.#serve(frame.stream, frame.uid, frame.previous, (id, stream) =>
          serveLogs(this.#options.engine, id, frame, stream),
        );
        return;
      case 'exec':
        this.#serve(frame.stream, frame.uid, false, (id, stream) => {
          const shell = serveExec(this.#options.engine, id, frame, stream);
          this.#shells.set(frame.stream, shell);
          return shell.done;
        });
        return;
      case 'exec.resize':
        this.#shells.get(frame.stream)?.resize(frame.columns, frame.rows);
        return;
      case 'stream.credit':
        this.#streams.get(frame.stream)?.granted(frame.bytes);
        return;
      case 'stream.close':
        this.#streams.get(frame.stream)?.end();
        return;
    }
  }

  #chunk(data: Buffer): void {
    const { stream, channel, payload } = decodeChunk(data);
    const download = this.#downloads.get(stream);
    if (!download) {
      this.#streams.get(stream)?.received({ channel, payload });
      return;
    }
    download.hash.update(payload);
    download.left -= payload.byteLength;
    if (download.left > 0) return;
    this.#downloads.delete(stream);
    this.send({ type: 'speed.received', stream, sha256: download.hash.digest('hex') });
  }

  #serve(
    id: number,
    uid: string,
    previous: boolean,
    work: (containerId: string, stream: FlowStream) => Promise<StreamEnd>,
  ): void {
    const container = this.#options.pods.container(uid, previous);
    if (!container) {
      this.send({ type: 'stream.end', stream: id, error: 'There is no such container.' });
      return;
    }
    const stream = new FlowStream(id, {
      binary: (frame) => this.#socket.send(frame),
      credit: (of, bytes) => this.send({ type: 'stream.credit', stream: of, bytes }),
    });
    this.#streams.set(id, stream);
    void work(container.id, stream)
      .catch((error): StreamEnd => ({ error: error instanceof Error ? error.message : String(error) }))
      .then((end) => {
        stream.end();
        this.#streams.delete(id);
        this.#shells.delete(id);
        this.send({ type: 'stream.end', stream: id, ...end });
      });
  }

  /** Sends bytes for the bridge to time. What they are does not matter, that they do not compress does. */
  async #upload(stream: number, bytes: number): Promise<void> {
    const noise = randomBytes(maxChunkBytes);
    for (let left = bytes; left > 0 && this.#socket.readyState === this.#socket.OPEN; left -= maxChunkBytes) {
      const frame = encodeChunk(stream, channels.stdout, noise.subarray(0, Math.min(left, maxChunkBytes)));
      const sent = new Promise<void>((resolve) => this.#socket.send(frame, () => resolve()));
      if (this.#socket.bufferedAmount > sendBufferBytes) await sent;
    }
  }

  #background(work: Promise<unknown>): void {
    work.catch((error) => this.#options.log.error({ err: error }, 'a request of the bridge failed'));
  }
}
