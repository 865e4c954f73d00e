/** Cells whose first is to be edited to `x0 = …`. */

export function chain(count: number): string[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? 'x0 = 1' : `x${i} = x${i - 1} + 1`));
}

/** One root, which all others read. */
export function fan(count: number): string[] {
  return Array.from({ length: count }, (_, i) => (i === 0 ? 'x0 = 1' : `x${i} = x0 + ${i}`));
}

/** A root and layers beneath it; every cell of a layer reads two neighbours of the layer above. */
export function diamond(layers: number, width: number): string[] {
  const sources = ['x0 = 1'];
  for (let layer = 0; layer < layers; layer++) {
    for (let place = 0; place < width; place++) {
      const above = (offset: number) => `l${layer - 1}_${(place + offset) % width}`;
      sources.push(
        `l${layer}_${place} = ${layer === 0 ? `x0 + ${place}` : `${above(0)} + ${above(1)}`}`,
      );
    }
  }
  return sources;
}

/** Cells that know nothing of each other. */
export function separate(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `y${i} = ${i}`);
}
