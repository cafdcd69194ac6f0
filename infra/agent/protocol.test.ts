import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  channels,
  decodeChunk,
  encodeChunk,
  maxChunkBytes,
  type Pod,
  ProtocolError,
  parseAgentFrame,
  parseBridgeFrame,
  podSchema,
} from './protocol.ts';
import { shellPod } from './testing.ts';

describe('the protocol', () => {
  test('whatever is not a frame is a protocol error, never another one', () => {
    const parsers = [parseAgentFrame, parseBridgeFrame];
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.json(),
          fc.jsonValue().map((value) => JSON.stringify({ type: 'hello', ...Object(value) })),
        ),
        (text) => {
          for (const parse of parsers) {
            try {
              parse(text);
            } catch (error) {
              expect(error).toBeInstanceOf(ProtocolError);
            }
          }
        },
      ),
    );
  });

  test('an error says where a frame is wrong, and never what stood there', () => {
    expect(() => parseAgentFrame('{"type":"pod.gone","uid":"a secret"}')).toThrow('"uid"');
    expect(() => parseAgentFrame('{"type":"pod.gone","uid":"a secret"}')).not.toThrow('a secret');
  });

  test('chunks come out as they went in', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 0xffff_ffff }),
        fc.constantFrom(...Object.values(channels)),
        fc.uint8Array({ maxLength: 100 }),
        (stream, channel, payload) => {
          expect(decodeChunk(encodeChunk(stream, channel, payload))).toEqual({
            stream,
            channel,
            payload: Buffer.from(payload),
          });
        },
      ),
    );
  });

  test('binary garbage is a protocol error', () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.alloc(4),
      Buffer.from([0, 0, 0, 1, 9]),
      Buffer.alloc(6 + maxChunkBytes),
    ]) {
      expect(() => decodeChunk(bytes)).toThrow(ProtocolError);
    }
  });

  test.each([
    ['leads out of its volume', '../etc'],
    ['leads out by a detour', 'a/../../etc'],
    ['adds an option to the mount', 'a,source=/etc'],
    ['is absolute', '/etc'],
  ])('a path that %s is refused', (_, path) => {
    const pod = shellPod('true', {
      volumes: [{ kind: 'files', name: 'v', files: [{ path, base64: '', mode: 0o644 }] }],
    });
    expect(podSchema.safeParse(pod).success).toBe(false);
    const volumes: Pod['volumes'] = [{ kind: 'files', name: 'v', files: [] }];
    const below = (subPath: string) =>
      shellPod('true', { volumes }, { mounts: [{ volume: 'v', path: '/v', readOnly: true, subPath }] });
    expect(podSchema.safeParse(below(path)).success).toBe(false);
    expect(podSchema.safeParse(below('a/b')).success).toBe(true);
  });

  test.each<[string, Pod['container']['mounts'][number]]>([
    ['of a volume that the pod has not', { volume: 'etc', path: '/v', readOnly: true }],
    ['into a folder that the container writes', { volume: 'e', path: '/v', readOnly: false, subPath: 'a' }],
    ['that lets the container write files of the agent’s', { volume: 'f', path: '/v', readOnly: false }],
  ])('a mount %s is refused', (_, mount) => {
    const volumes: Pod['volumes'] = [
      { kind: 'empty', name: 'e' },
      { kind: 'files', name: 'f', files: [] },
    ];
    expect(podSchema.safeParse(shellPod('true', { volumes }, { mounts: [mount] })).success).toBe(false);
    const twice = [...volumes, { kind: 'empty' as const, name: 'f' }];
    expect(podSchema.safeParse(shellPod('true', { volumes: twice })).success).toBe(false);
    expect(podSchema.safeParse(shellPod('true', { volumes })).success).toBe(true);
  });

  test('a pod that must not be root cannot ask to be', () => {
    for (const user of ['0', '0:1000', '00']) {
      expect(podSchema.safeParse(shellPod('true', {}, { user })).success).toBe(false);
    }
  });

  test('an image’s name cannot be an option of the engine', () => {
    expect(podSchema.safeParse(shellPod('true', {}, { image: '--privileged' })).success).toBe(false);
    expect(podSchema.safeParse(shellPod('true')).success).toBe(true);
  });
});
