/**
 * A stream of bytes inside the one connection, with backpressure of its own: a side sends only what the other has given
 * credit for, so a shell nobody reads holds up neither the heartbeat nor the memory of anyone.
 */
import { type Channel, chunkHeaderBytes, encodeChunk, maxChunkBytes, ProtocolError } from './protocol.ts';

/** What may be on the way in one direction of one stream. */
export const windowBytes = 256 * 1024;

export interface Wire {
  /** Sends a binary frame. */
  binary(frame: Buffer): void;
  /** Grants the other side `bytes` more. */
  credit(stream: number, bytes: number): void;
}

export interface Chunk {
  channel: Channel;
  payload: Buffer;
}

export class FlowStream implements AsyncIterable<Chunk> {
  readonly id: number;
  #wire: Wire;
  #sendable = windowBytes;
  #receivable = windowBytes;
  #consumed = 0;
  #inbox: Chunk[] = [];
  #ended = false;
  #wake: (() => void)[] = [];

  constructor(id: number, wire: Wire) {
    this.id = id;
    this.#wire = wire;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends bytes, waiting for credit; resolves early, sending no more, when the stream has ended. */
  async write(channel: Channel, data: Uint8Array): Promise<void> {
    let rest = data;
    do {
      while (this.#sendable < chunkHeaderBytes + maxChunkBytes && !this.#ended) await this.#change();
      if (this.#ended) return;
      const chunk = rest.subarray(0, maxChunkBytes);
      this.#sendable -= cost(chunk);
      this.#wire.binary(encodeChunk(this.id, channel, chunk));
      rest = rest.subarray(chunk.byteLength);
    } while (rest.byteLength > 0);
  }

  /** The other side gave leave to send more. */
  granted(bytes: number): void {
    this.#sendable = Math.min(this.#sendable + bytes, windowBytes);
    this.#wakeAll();
  }

  /** @throws ProtocolError when the other side sent more than it had credit for */
  received(chunk: Chunk): void {
    this.#receivable -= cost(chunk.payload);
    if (this.#receivable < 0) throw new ProtocolError(`Stream ${this.id} exceeds its window.`);
    if (this.#ended) return;
    this.#inbox.push(chunk);
    this.#wakeAll();
  }

  /** No more comes in and no more goes out; what has arrived can still be read. */
  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  /** Yields what arrives; asking for the next chunk says that the one before is consumed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Chunk> {
    for (;;) {
      const chunk = this.#inbox.shift();
      if (chunk) {
        yield chunk;
        this.#consume(cost(chunk.payload));
      } else if (this.#ended) return;
      else await this.#change();
    }
  }

  #consume(bytes: number): void {
    this.#consumed += bytes;
    if (this.#consumed < windowBytes / 4 || this.#ended) return;
    this.#receivable += this.#consumed;
    this.#wire.credit(this.id, this.#consumed);
    this.#consumed = 0;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** Headers count too, or empty chunks would be free. */
function cost(payload: Uint8Array): number {
  return chunkHeaderBytes + payload.byteLength;
}
