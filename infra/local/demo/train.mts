/**
 * The demo's task: a small neural network trained by data-parallel SGD. Every rank holds a part of a generated data set and
 * the whole network; after each step the ranks add up their gradients over TCP, so all end with the same weights.
 *
 * Reads torchrun's variables: RANK, WORLD_SIZE, MASTER_ADDR, MASTER_PORT; and EPOCHS (default 20).
 */
import { createHash } from 'node:crypto';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const rank = Number(process.env.RANK ?? 0);
const worldSize = Number(process.env.WORLD_SIZE ?? 1);
const master = { host: process.env.MASTER_ADDR ?? '127.0.0.1', port: Number(process.env.MASTER_PORT ?? 29500) };
const epochs = Number(process.env.EPOCHS ?? 20);
const samples = 2048;
const hidden = 32;
const batch = 64;
const rate = 0.4;

/** A generator of numbers in [0, 1) that every rank seeds alike (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Points of two interleaved half circles, with a little noise; the label says which one. */
function makeData(): { x: number; y: number; label: 0 | 1 }[] {
  const random = seeded(7);
  return Array.from({ length: samples }, (_, index) => {
    const label = index % 4 < 2 ? 0 : 1;
    const angle = Math.PI * random();
    const noise = () => (random() - 0.5) * 0.3;
    return label === 0
      ? { x: Math.cos(angle) + noise(), y: Math.sin(angle) + noise(), label }
      : { x: 1 - Math.cos(angle) + noise(), y: 0.5 - Math.sin(angle) + noise(), label };
  });
}

/** Weights in one array: per hidden unit two inputs, a bias and an output weight; then the output's bias. */
function makeWeights(): Float64Array {
  const random = seeded(11);
  return Float64Array.from({ length: hidden * 4 + 1 }, () => random() - 0.5);
}

/** Adds one sample's gradient to `gradient`, and answers its loss (cross-entropy). */
function learn(weights: Float64Array, gradient: Float64Array, { x, y, label }: { x: number; y: number; label: 0 | 1 }) {
  const active = new Float64Array(hidden);
  let sum = weights[hidden * 4]!;
  for (let unit = 0; unit < hidden; unit++) {
    const at = unit * 4;
    active[unit] = Math.tanh(weights[at]! * x + weights[at + 1]! * y + weights[at + 2]!);
    sum += weights[at + 3]! * active[unit]!;
  }
  const predicted = 1 / (1 + Math.exp(-sum));
  const error = predicted - label;
  for (let unit = 0; unit < hidden; unit++) {
    const at = unit * 4;
    const back = error * weights[at + 3]! * (1 - active[unit]! ** 2);
    gradient[at]! += back * x;
    gradient[at + 1]! += back * y;
    gradient[at + 2]! += back;
    gradient[at + 3]! += error * active[unit]!;
  }
  gradient[hidden * 4]! += error;
  return -Math.log(Math.max(label === 1 ? predicted : 1 - predicted, 1e-12));
}

/** Reads exactly `length` bytes each time it is asked. */
function reader(socket: Socket): (length: number) => Promise<Buffer> {
  let rest = Buffer.alloc(0);
  const chunks = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  return async (length) => {
    while (rest.length < length) {
      const { value, done } = await chunks.next();
      if (done) throw new Error('another rank is gone');
      rest = Buffer.concat([rest, value]);
    }
    const wanted = rest.subarray(0, length);
    rest = rest.subarray(length);
    return wanted;
  };
}

interface Peer {
  rank: number;
  socket: Socket;
  read: (length: number) => Promise<Buffer>;
}

/** Rank 0 waits for all others; each of them connects to it and says who it is. Sorted by rank. */
async function meet(): Promise<Peer[]> {
  if (worldSize === 1) return [];
  if (rank !== 0) {
    const socket = await dial();
    socket.write(Uint8Array.of(rank));
    return [{ rank: 0, socket, read: reader(socket) }];
  }
  const peers: Peer[] = [];
  await new Promise<void>((met) => {
    const server = createServer(async (socket) => {
      const read = reader(socket);
      const [number] = await read(1);
      peers.push({ rank: number!, socket, read });
      if (peers.length < worldSize - 1) return;
      server.close();
      met();
    });
    server.listen(master.port, '0.0.0.0');
  });
  return peers.sort((a, b) => a.rank - b.rank);
}

/** The other ranks may start before rank 0 listens. */
async function dial(): Promise<Socket> {
  for (let tries = 0; ; tries++) {
    try {
      return await new Promise((resolve, reject) => {
        const socket = connect(master, () => resolve(socket)).once('error', reject);
      });
    } catch (error) {
      if (tries === 240) throw error;
      await sleep(250);
    }
  }
}

/** All-reduce: afterwards `values` holds the sum over all ranks, bit for bit the same everywhere. */
async function allReduce(peers: Peer[], values: Float64Array): Promise<void> {
  const bytes = () => Buffer.from(values.buffer.slice(0));
  if (rank !== 0) {
    const { socket, read } = peers[0]!;
    socket.write(bytes());
    values.set(new Float64Array(Uint8Array.from(await read(values.byteLength)).buffer));
    return;
  }
  for (const { read } of peers) {
    const theirs = new Float64Array(Uint8Array.from(await read(values.byteLength)).buffer);
    for (let index = 0; index < values.length; index++) values[index]! += theirs[index]!;
  }
  for (const { socket } of peers) socket.write(bytes());
}

console.log(`rank ${rank} of ${worldSize} on ${process.env.HOSTNAME ?? 'this machine'}`);
const peers = await meet();
const mine = makeData().filter((_, index) => index % worldSize === rank);
const weights = makeWeights();
// The gradient, and behind it the loss, so that one exchange carries both.
const shared = new Float64Array(weights.length + 1);

for (let epoch = 1; epoch <= epochs; epoch++) {
  let loss = 0;
  for (let from = 0; from < mine.length; from += batch) {
    shared.fill(0);
    const part = mine.slice(from, from + batch);
    for (const sample of part) shared[weights.length]! += learn(weights, shared, sample);
    await allReduce(peers, shared);
    loss += shared[weights.length]!;
    const step = rate / (batch * worldSize);
    for (let index = 0; index < weights.length; index++) weights[index]! -= step * shared[index]!;
  }
  console.log(`epoch ${String(epoch).padStart(2)}  loss ${(loss / samples).toFixed(4)}`);
  await sleep(100); // So that a person sees the loss fall.
}
for (const { socket } of peers) socket.end();
const digest = createHash('sha256').update(new Uint8Array(weights.buffer)).digest('hex');
console.log(`rank ${rank} weights sha256 ${digest}`);
