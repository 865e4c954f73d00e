import { expect, test } from 'vitest';
import { type Box, placeTooltip } from './tooltip-place.ts';

const screen = { width: 400, height: 300 };
// As with a DOMRect, its fields are not its own.
const size: { width: number; height: number } = Object.create({ width: 80, height: 20 });
const box = (left: number, top: number, width: number, height: number): Box => ({
  left,
  top,
  width,
  height,
});
const middle = box(190, 140, 20, 20);

test.each<[string, Box, Box[], { left: number; top: number }]>([
  ['below', middle, [], { left: 160, top: 164 }],
  ['above, where code is below', middle, [box(0, 165, 400, 100)], { left: 160, top: 116 }],
  ['above, at the lower edge', box(190, 275, 20, 20), [], { left: 160, top: 251 }],
  ['within the sides', box(370, 140, 20, 20), [], { left: 316, top: 164 }],
  [
    'before it, where code is above and below',
    middle,
    [box(0, 165, 400, 100), box(0, 0, 400, 138)],
    { left: 106, top: 140 },
  ],
  [
    'behind it, where there is no room before',
    box(10, 140, 20, 20),
    [box(0, 165, 400, 100), box(0, 0, 400, 138)],
    { left: 34, top: 140 },
  ],
  ['below, where code is everywhere', middle, [box(0, 0, 400, 300)], { left: 160, top: 164 }],
  ['below, where code only touches it', middle, [box(0, 184, 400, 100)], { left: 160, top: 164 }],
  [
    'above, at the lower edge, where code is everywhere',
    box(190, 275, 20, 20),
    [box(0, 0, 400, 300)],
    { left: 160, top: 251 },
  ],
])('a tooltip stands %s', (_, owner, code, place) => {
  expect(placeTooltip(owner, size, screen, code)).toEqual(place);
});
