/** A part of the viewport, in pixels. */
export interface Box {
  left: number;
  top: number;
  width: number;
  height: number;
}

const gapPx = 4;

/**
 * Where the tooltip of `owner` stands: below it, above it or beside it, wherever it is all on the screen and covers
 * none of `code`, which people read while they aim at a button. Where every place would, below or above.
 */
export function placeTooltip(
  owner: Box,
  size: Pick<Box, 'width' | 'height'>,
  screen: Pick<Box, 'width' | 'height'>,
  code: readonly Box[],
): { left: number; top: number } {
  const inside = (at: number, length: number, limit: number) =>
    Math.max(gapPx, Math.min(at, limit - length - gapPx));
  const left = inside(owner.left + (owner.width - size.width) / 2, size.width, screen.width);
  const top = inside(owner.top + (owner.height - size.height) / 2, size.height, screen.height);
  const below = { left, top: owner.top + owner.height + gapPx };
  const above = { left, top: owner.top - gapPx - size.height };
  const before = { left: owner.left - gapPx - size.width, top };
  const after = { left: owner.left + owner.width + gapPx, top };
  const onScreen = [below, above, before, after].filter(
    (place) =>
      place.left >= 0 &&
      place.top >= 0 &&
      place.left + size.width <= screen.width &&
      place.top + size.height <= screen.height,
  );
  const { width, height } = size;
  const free = onScreen.find(
    (place) => !code.some((box) => overlap({ ...place, width, height }, box)),
  );
  return free ?? onScreen[0] ?? below;
}

function overlap(a: Box, b: Box): boolean {
  return (
    a.left < b.left + b.width &&
    b.left < a.left + a.width &&
    a.top < b.top + b.height &&
    b.top < a.top + a.height
  );
}
