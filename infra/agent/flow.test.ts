import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { FlowStream, windowBytes } from './flow.ts';
import { channels, decodeChunk, ProtocolError } from './protocol.ts';

/** Two ends, with everything that is on the way in between. */
function pair() {
  const way: Buffer[] = [];
  const near = new FlowStream(1, { binary: (frame) => void way.push(frame), credit: () => {} });
  const far = new FlowStream(1, { binary: () => {}, credit: (_, bytes) => near.granted(bytes) });
  const deliver = () => {
    for (const frame of way.splice(0)) far.received(decodeChunk(frame));
  };
  return { near, far, way, deliver };
}

describe('a stream in the connection', () => {
  test('what arrives is what was sent, whatever the pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ minLength: 1, maxLength: 100_000 }), { maxLength: 8 }),
        async (pieces) => {
          const { near, far, deliver } = pair();
          let ended = false;
          const writing = (async () => {
            for (const piece of pieces) await near.write(channels.stdout, piece);
            ended = true;
          })();
          const got: Buffer[] = [];
          const reading = (async () => {
            for await (const { payload } of far) got.push(Buffer.from(payload));
          })();
          while (!ended) {
            deliver();
            await new Promise(setImmediate);
          }
          await writing;
          deliver();
          far.end();
          await reading;
          expect(Buffer.concat(got).equals(Buffer.concat(pieces))).toBe(true);
        },
      ),
      { numRuns: 30 },
    );
  });

  test('without a reader no more than the window is sent', async () => {
    const { near, way } = pair();
    void near.write(channels.stdout, Buffer.alloc(10 * windowBytes));
    await new Promise(setImmediate);
    expect(way.reduce((sum, frame) => sum + frame.length, 0)).toBeLessThanOrEqual(windowBytes);
    near.end();
  });

  test('a sender that exceeds its window breaks the protocol, also with empty chunks', () => {
    const { far } = pair();
    const send = (payload: Buffer, times: number) => {
      for (let sent = 0; sent < times; sent++) far.received({ channel: channels.stdout, payload });
    };
    expect(() => send(Buffer.alloc(0), windowBytes)).toThrow(ProtocolError);
  });
});
