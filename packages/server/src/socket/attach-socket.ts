/**
 * The notebook's socket, `/ws/notebooks/:id`: binds PROTOCOL S1–S10 to an HTTP server.
 *
 * A request is judged before it becomes a socket: path, then Origin. A socket is a `Connection`, which is nothing
 * until its hello is verified. A welcomed connection is a member of its notebook's `Room`, which listens to the
 * session once for all. This folder knows frames, people's roles and close codes; what a command means is the
 * session's business, who somebody is the sign-in's.
 */
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { closeCode, limits, NotebookId } from '@rnb/protocol';
import { WebSocket, WebSocketServer } from 'ws';
import { networkOf } from '../auth/network.ts';
import { bareHeaders } from '../http/security-headers.ts';
import type { Session, SessionRegistry } from '../sessions/session.ts';
import { Connection, type ConnectionDependencies } from './connection.ts';
import { Room } from './room.ts';

export interface SocketDependencies extends Omit<ConnectionDependencies, 'openSession' | 'roomOf'> {
  registry: Pick<SessionRegistry, 'open'>;
  /** The client's address, seen through the proxies that we trust. */
  addressOf(request: IncomingMessage): string | null;
  /** The exact origins that pages of this server may have, given the request's Host header. */
  allowedOrigins(host: string | undefined): readonly string[];
}

const heartbeatMs = 30_000;
/** Sockets of one network that have not said who they are; whoever is turned away comes back a moment later. */
export const maxUnknownPerNetwork = 256;

/**
 * Tells that it begins to close, whichever side says farewell first, by a `closing` event. Until its connection is gone
 * too, which is what `close` waits for, time may pass.
 */
class ClientSocket extends WebSocket {
  /** Called for a close frame of the other side as well, to answer it. */
  override close(code?: number, reason?: string | Buffer): void {
    const begins = this.readyState === WebSocket.OPEN;
    super.close(code, reason);
    if (begins) this.emit('closing');
  }
}

/** Takes over all upgrades of `server`. `close` sends everybody away with `draining` and resolves when they are gone. */
export function attachSocket(
  server: Server,
  dependencies: SocketDependencies,
): { close(): Promise<void> } {
  const rooms = new Map<Session, Room>();
  const connections = new Map<WebSocket, Connection>();
  const unheard = new WeakSet<WebSocket>();
  const sockets = new WebSocketServer({
    noServer: true,
    // A few bytes of deflate would make gigabytes.
    perMessageDeflate: false,
    maxPayload: limits.maxClientFrameBytes,
    clientTracking: false,
    WebSocket: ClientSocket,
  });

  function roomOf(session: Session): Room {
    const existing = rooms.get(session);
    if (existing) return existing;
    const room = new Room(session, () => rooms.delete(session));
    rooms.set(session, room);
    return room;
  }

  function hasTooManyUnknown(address: string | null): boolean {
    const network = networkOf(address ?? '');
    let unknown = 0;
    for (const connection of connections.values()) {
      if (connection.network === network && connection.isUnknown) unknown += 1;
    }
    return unknown >= maxUnknownPerNetwork;
  }

  function accept(socket: WebSocket, stream: Duplex, request: IncomingMessage, notebook: string) {
    const connection = new Connection(
      socket,
      { notebook, headers: request.headers, address: dependencies.addressOf(request) },
      { ...dependencies, roomOf, openSession: (id) => dependencies.registry.open(id) },
    );
    connections.set(socket, connection);
    stream.on('data', (chunk: Buffer) => connection.countBytes(chunk.length));
    socket.on('pong', () => unheard.delete(socket));
    socket.on('close', () => connections.delete(socket));
  }

  function onUpgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    // Without a listener, a reset by the client would end the process.
    stream.on('error', () => stream.destroy());
    const notebook = notebookOf(request.url);
    if (notebook === null) {
      refuse(stream, '404 Not Found');
      return;
    }
    if (!isOriginAllowed(request, dependencies.allowedOrigins(request.headers.host))) {
      refuse(stream, '403 Forbidden');
      return;
    }
    if (hasTooManyUnknown(dependencies.addressOf(request))) {
      refuse(stream, '429 Too Many Requests\r\nRetry-After: 1');
      return;
    }
    request.socket.setNoDelay(true);
    sockets.handleUpgrade(request, stream, head, (socket) =>
      accept(socket, stream, request, notebook),
    );
  }

  const heartbeat = setInterval(() => {
    for (const socket of connections.keys()) {
      if (unheard.has(socket)) {
        socket.terminate();
        continue;
      }
      unheard.add(socket);
      socket.ping();
    }
  }, heartbeatMs);
  heartbeat.unref();
  server.on('upgrade', onUpgrade);

  return {
    async close() {
      clearInterval(heartbeat);
      server.off('upgrade', onUpgrade);
      const gone = [...connections.keys()].map(
        (socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())),
      );
      for (const connection of connections.values()) {
        connection.close(closeCode.draining, 'The server is restarting.');
      }
      await Promise.all(gone);
    },
  };
}

/** The id in the path. Nothing may stand behind it: what is in a URL is in every log on the way (S1). */
function notebookOf(url: string | undefined): string | null {
  const [, id] = /^\/ws\/notebooks\/([^/?#]+)$/.exec(url ?? '') ?? [];
  const parsed = NotebookId.safeParse(id);
  return parsed.success ? parsed.data : null;
}

/** Without an Origin it is no browser, and a cookie then has no business here (S2). */
function isOriginAllowed({ headers }: IncomingMessage, allowed: readonly string[]): boolean {
  if (headers.origin === undefined) return headers.cookie === undefined;
  return allowed.includes(headers.origin);
}

function refuse(stream: Duplex, status: string): void {
  const headers = { ...bareHeaders, connection: 'close', 'content-length': 0 };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  stream.end(`HTTP/1.1 ${status}\r\n${lines.join('')}\r\n`);
}
