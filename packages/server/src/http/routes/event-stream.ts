import { Readable } from 'node:stream';
import type { Session } from '../../sessions/session.ts';

const heartbeatMs = 15_000;
/** What may wait for a reader; whoever lags further behind is cut off and may come back for a snapshot. */
const maxWaitingBytes = 16 * 1024 * 1024;

/**
 * The session's frames as server-sent events, from a snapshot on, until the reader leaves, may read no longer, or the
 * session closes. `watch` calls when they may not, and returns how to stop.
 */
export function eventStream(session: Session, watch: (onEnd: () => void) => () => void): Readable {
  const stream = new Readable({ read() {} });

  function send(event: string, data: unknown): void {
    write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  function write(text: string): void {
    if (stream.destroyed) return;
    stream.push(text);
    if (stream.readableLength > maxWaitingBytes) stream.destroy();
  }

  // Without a break between snapshot and subscription no frame can fall between them.
  send('snapshot', { epoch: session.epoch, seq: session.seq, snapshot: session.snapshot() });
  const unwatch = watch(() => {
    send('closed', { reason: 'access' });
    stream.push(null);
    unsubscribe();
  });
  const unsubscribe = session.subscribe({
    onEvents: (frame) => send('events', frame),
    onUpdate: () => {},
    onClose(reason) {
      send('closed', { reason });
      stream.push(null);
    },
  });
  const heartbeat = setInterval(() => write(':\n\n'), heartbeatMs);
  stream.on('close', () => {
    clearInterval(heartbeat);
    unwatch();
    unsubscribe();
  });
  return stream;
}
