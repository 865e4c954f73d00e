import { FromFrame } from './frame-protocol.ts';

const windowMs = 1_000;
const maxMessages = 300;
const maxHeights = 30;

/** `null`: nothing to do. `flooded`: stop listening to this frame. */
export type GateVerdict = FromFrame | null | 'flooded';

/**
 * Lets a frame's messages through to the app while they are well-formed and few. Heights have a tighter limit than
 * messages: a page whose height depends on its frame's height would otherwise grow for ever, a layout at a time.
 */
export function openFrameGate(): (message: unknown, nowMs: number) => GateVerdict {
  let windowStart = Number.NEGATIVE_INFINITY;
  let messages = 0;
  let heights = 0;
  let flooded = false;
  return (message, nowMs) => {
    if (flooded) return 'flooded';
    if (nowMs - windowStart > windowMs) {
      windowStart = nowMs;
      messages = 0;
      heights = 0;
    }
    messages += 1;
    if (messages > maxMessages) {
      flooded = true;
      return 'flooded';
    }
    const parsed = FromFrame.safeParse(message);
    if (!parsed.success) return null;
    if (parsed.data.type === 'height') {
      heights += 1;
      if (heights > maxHeights) return null;
    }
    return parsed.data;
  };
}
