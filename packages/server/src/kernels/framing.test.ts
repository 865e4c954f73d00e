import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BrokenFrame, encodeFrame, FrameDecoder } from './framing.ts';

describe('K1: a frame is total length, header length, header', () => {
  test('a frame on the wire', () => {
    expect(encodeFrame({ a: 'é' }).toString('hex')).toBe(
      `0000000e0000000a${Buffer.from('{"a":"é"}').toString('hex')}`,
    );
  });

  test('frames come out whole and in order, however the stream is cut', () => {
    const messages = fc.array(
      fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value))),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(messages, fc.array(fc.nat(400), { maxLength: 20 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.map(encodeFrame));
        const edges = [0, ...cuts.filter((cut) => cut < stream.length), stream.length];
        edges.sort((a, b) => a - b);
        const decoder = new FrameDecoder();
        const received: unknown[] = [];
        for (const [index, edge] of edges.entries()) {
          received.push(...decoder.push(stream.subarray(edges[index - 1] ?? 0, edge)));
        }
        expect(received).toEqual(sent);
      }),
      { seed: 4 },
    );
  });

  test('a payload after the header is skipped', () => {
    const frame = Buffer.concat([encodeFrame({ a: 1 }), Buffer.from('payload')]);
    frame.writeUInt32BE(frame.length - 4, 0);
    const next = encodeFrame({ b: 2 });
    expect(new FrameDecoder().push(Buffer.concat([frame, next]))).toEqual([{ a: 1 }, { b: 2 }]);
  });

  const lengths = (total: number, header: number): Buffer => {
    const bytes = Buffer.alloc(8 + 4);
    bytes.writeUInt32BE(total, 0);
    bytes.writeUInt32BE(header, 4);
    return bytes;
  };
  test.each([
    ['longer than the limit, before its bytes arrive', lengths(101, 10)],
    ['of 4 GB', lengths(0xffffffff, 4)],
    ['without a header', lengths(0, 0)],
    ['with a header longer than itself', lengths(8, 5)],
    ['whose header is not JSON', lengths(8, 4)],
  ])('a frame %s is refused', (_, bytes) => {
    expect(() => new FrameDecoder(100).push(bytes)).toThrow(BrokenFrame);
  });
});
