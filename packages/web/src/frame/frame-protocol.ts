/**
 * What the app and the output frame say to each other over their private channel.
 *
 * The app's messages are trusted by the frame. The frame's are not trusted by the app: code from a notebook shares the
 * frame's realm and can send whatever it likes, so they are parsed and counted (frame-gate.ts), and none of them can
 * make the app do more than change one frame's height, show one sentence as text, or save a picture that the user has
 * just asked for.
 */
import { z } from 'zod';

export type FrameMode = 'light' | 'dark';

/** Colours and fonts that the frame takes over from the app, as CSS values. */
export interface FrameTheme {
  mode: FrameMode;
  foreground: string;
  muted: string;
  border: string;
  accent: string;
  fontFamily: string;
}

export type FrameContent =
  | { kind: 'html'; html: string }
  | { kind: 'vega'; spec: unknown }
  | { kind: 'plotly'; figure: unknown };

export type ToFrame =
  | { type: 'render'; content: FrameContent; theme: FrameTheme }
  | { type: 'theme'; theme: FrameTheme }
  /** Asks for the chart as a picture, on a background of this CSS colour. */
  | { type: 'picture'; background: string };

const maxPictureBytes = 32 * 1024 * 1024;
const pngSignature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

/** Taller output scrolls inside its frame. */
export const maxFrameHeightPx = 20_000;

export const FromFrame = z.discriminatedUnion('type', [
  z.object({ type: z.literal('rendered') }),
  z.object({
    type: z.literal('height'),
    heightPx: z
      .number()
      .nonnegative()
      .transform((px) => Math.min(Math.ceil(px), maxFrameHeightPx)),
  }),
  z.object({
    type: z.literal('failed'),
    message: z.string().transform((text) => text.slice(0, 2_000)),
  }),
  z.object({
    type: z.literal('picture'),
    /** Null where none could be made. */
    png: z
      .instanceof(Uint8Array)
      .refine((bytes) => bytes.length <= maxPictureBytes)
      .refine((bytes) => pngSignature.every((byte, at) => bytes[at] === byte))
      .nullable(),
  }),
]);
export type FromFrame = z.infer<typeof FromFrame>;
