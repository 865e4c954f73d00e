import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

type Colour = [lightness: number, chroma: number, hue: number];

const css = readFileSync(new URL('app.css', import.meta.url), 'utf8');

/** The colours that the rules of a selector set, in the order in which they stand in the sheet: calm, then high contrast. */
const rules = (selector: string): Record<string, Colour>[] =>
  css
    .split(`${selector} {`)
    .slice(1)
    .map((rest) =>
      Object.fromEntries(
        [
          ...rest
            .slice(0, rest.indexOf('}'))
            .matchAll(/--([\w-]+): oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\);/g),
        ].map(([, name, l, c, h]) => [name ?? '', [Number(l) / 100, Number(c), Number(h)]]),
      ),
    );

/** Of WCAG 2, by way of OKLab (https://bottosson.github.io/posts/oklab/). */
function luminance([l, c, h]: Colour): number {
  const [a, b] = [c * Math.cos((h * Math.PI) / 180), c * Math.sin((h * Math.PI) / 180)];
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const shown = (value: number) => Math.min(1, Math.max(0, value));
  return (
    0.2126 * shown(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short) +
    0.7152 * shown(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short) +
    0.0722 * shown(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short)
  );
}

function contrast(one: Colour, other: Colour): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

const [light, lightMore] = rules(':root');
const [dark, darkMore] = rules('[data-theme="dark"]');
const themes: [string, Record<string, Colour>][] = [
  ['light', { ...light }],
  ['dark', { ...dark }],
  ['light with more contrast', { ...light, ...lightMore }],
  ['dark with more contrast', { ...dark, ...darkMore }],
];

const grounds = ['page', 'surface', 'raised', 'sunken'];
/** What is told apart on what, and by how much at least. */
const pairs: [string, string, number][] = grounds.flatMap((ground) => [
  ['ink', ground, 4.5],
  ['muted', ground, 4.5],
  ['faint', ground, 4.5],
  ['field', ground, 3],
]);

test('every theme has colours of its own', () => {
  for (const set of [light, dark, lightMore, darkMore]) expect(set).toHaveProperty('field');
});

describe.each(themes)('%s', (_, colours) => {
  test.each(pairs)('%s stands out from %s', (mark, ground, least) => {
    const [above, below] = [colours[mark], colours[ground]];
    if (!above || !below) throw new Error(`no colour ${mark} or ${ground}`);
    expect(contrast(above, below)).toBeGreaterThanOrEqual(least);
  });
});
