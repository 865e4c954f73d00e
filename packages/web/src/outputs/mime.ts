import { type MimeBundle, tableMime } from '@rnb/protocol';

/** Every MIME type we draw, richest first. Of a bundle the first that it has is shown. */
export const mimePreference = [
  [tableMime, 'table'],
  ['application/vnd.plotly.v1+json', 'plotly'],
  ['application/vnd.vegalite.v6+json', 'vega'],
  ['application/vnd.vegalite.v5+json', 'vega'],
  ['application/vnd.vega.v6+json', 'vega'],
  ['application/vnd.vega.v5+json', 'vega'],
  ['text/html', 'html'],
  ['image/svg+xml', 'image'],
  ['image/png', 'image'],
  ['image/jpeg', 'image'],
  ['image/webp', 'image'],
  ['image/gif', 'image'],
  ['text/markdown', 'markdown'],
  ['text/latex', 'latex'],
  ['application/json', 'json'],
  ['text/plain', 'text'],
] as const;

export type OutputKind = (typeof mimePreference)[number][1];

export interface MimeChoice {
  mime: string;
  kind: OutputKind;
}

/** Null where the bundle has nothing that we draw. */
export function chooseMime(bundle: MimeBundle): MimeChoice | null {
  const found = mimePreference.find(([mime]) => Object.hasOwn(bundle, mime));
  return found ? { mime: found[0], kind: found[1] } : null;
}
