import { describe, expect, test } from 'vitest';
import { openFrameGate } from './frame-gate.ts';

const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);

describe('messages of an output frame', () => {
  test.each([
    ['a height', { type: 'height', heightPx: 10.2 }, { type: 'height', heightPx: 11 }],
    ['a huge height', { type: 'height', heightPx: 1e9 }, { type: 'height', heightPx: 20_000 }],
    ['a negative height', { type: 'height', heightPx: -1 }, null],
    ['no number', { type: 'height', heightPx: '10' }, null],
    ['not a number', { type: 'height', heightPx: Number.NaN }, null],
    ['an unknown type', { type: 'navigate', url: 'https://evil.test' }, null],
    ['nothing', null, null],
    ['text', 'rendered', null],
    ['no picture', { type: 'picture', png: null }, { type: 'picture', png: null }],
    ['a picture', { type: 'picture', png }, { type: 'picture', png }],
    ['a page called a picture', { type: 'picture', png: new TextEncoder().encode('<html>') }, null],
    ['the address of a picture', { type: 'picture', png: 'https://evil.test/x.png' }, null],
    ['extra fields', { type: 'rendered', token: 'x' }, { type: 'rendered' }],
  ])('%s', (_, message, verdict) => {
    expect(openFrameGate()(message, 0)).toEqual(verdict);
  });

  test('a long failure is cut', () => {
    const verdict = openFrameGate()({ type: 'failed', message: 'x'.repeat(1e6) }, 0);
    expect(verdict).toEqual({ type: 'failed', message: 'x'.repeat(2_000) });
  });

  test('heights that never settle are ignored until the next second', () => {
    const gate = openFrameGate();
    const passed = Array.from({ length: 100 }, () => gate({ type: 'height', heightPx: 1 }, 0));
    expect(passed.filter((verdict) => verdict !== null)).toHaveLength(30);
    expect(gate({ type: 'height', heightPx: 1 }, 1_500)).toEqual({ type: 'height', heightPx: 1 });
  });

  test('a flood closes the gate for good', () => {
    const gate = openFrameGate();
    for (let n = 0; n < 300; n++) expect(gate({}, 0)).toBeNull();
    expect(gate({}, 0)).toBe('flooded');
    expect(gate({ type: 'rendered' }, 1e9)).toBe('flooded');
  });
});
