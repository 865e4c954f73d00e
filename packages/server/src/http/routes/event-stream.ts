import { Readable } from 'node:stream';
import type { LastingAccess } from '../../auth/lasting-access.ts';
import { Backlog } from '../../backlog.ts';
import type { Session } from '../../sessions/session.ts';

const heartbeatMs = 15_000;

/**
 * The session's frames as server-sent events, from a snapshot on, until the reader leaves, lags too far behind, may read
 * no longer, or the session closes.
 */
export function eventStream(session: Session, rights: LastingAccess): Readable {
  const stream = new Readable({ read() {} });
  const backlog = new Backlog();

  function send(event: string, data: unknown): void {
    write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
  function write(text: string): void {
    if (stream.destroyed || stream.readableEnded) return;
    const frame = Buffer.from(text);
    if (backlog.hasRoom(stream.readableLength, frame.length)) stream.push(frame);
    else stream.destroy();
  }
  function end(reason: string): void {
    stop();
    send('closed', { reason });
    stream.push(null);
  }
  function stop(): void {
    clearInterval(heartbeat);
    rights.stop();
    unsubscribe();
  }

  // Without a break between snapshot and subscription no frame can fall between them.
  send('snapshot', { epoch: session.epoch, seq: session.seq, snapshot: session.snapshot() });
  const unsubscribe = session.subscribe({
    onEvents: (frame) => send('events', frame),
    onUpdate: () => {},
    onClose: end,
  });
  const heartbeat = setInterval(() => write(':\n\n'), heartbeatMs);
  rights.watch((lost) => {
    if (lost !== null) end('access');
  });
  stream.on('close', stop);
  return stream;
}
