/**
 * The browser's own sockets. The page has this file as a script of its own, which opens the first socket while the
 * app is still being read: by the time the app asks for it, the snapshot and the document are there. So it imports
 * nothing of weight.
 */
import { binaryKind, type Hello, protocolVersion } from '@rnb/protocol';
import { invitationTo } from './join-link.ts';
import type { CreateSocket, Socket, SocketHandler } from './socket-link.ts';

/** As y-protocols counts its messages. */
const [syncStep1, syncStep2] = [0, 1];

/** The hello, and sync step 1 of a document that is empty yet. */
export const greeting: readonly (string | Uint8Array<ArrayBuffer>)[] = [
  JSON.stringify({ type: 'hello', protocol: protocolVersion } satisfies Hello),
  Uint8Array.of(binaryKind.sync, syncStep1, 1, 0),
];

interface EarlySocket {
  notebook: string;
  socket: Socket;
  /** Resolves when the document is there, or will not be. */
  answered: Promise<void>;
  handOver(handler: SocketHandler): void;
}

let early: EarlySocket | null = null;

/** Where `path` is a notebook's: opens its socket, greets, and keeps what the server says. */
export function openEarlySocket(path: string): void {
  const notebook = /^\/notebooks\/(\w+)$/.exec(path)?.[1];
  // Whoever comes by a share link has to join first.
  if (notebook === undefined || invitationTo(notebook) !== null) return;
  type Happening = (handler: SocketHandler) => void;
  const kept: Happening[] = [];
  const { promise: answered, resolve: onAnswer } = Promise.withResolvers<void>();
  let tell = (happening: Happening): void => {
    kept.push(happening);
  };
  const socket = openSocket(notebook, {
    onOpen: () => {
      for (const frame of greeting) socket.send(frame);
    },
    onMessage: (data) => {
      tell((handler) => handler.onMessage(data));
      if (data[0] === binaryKind.sync && data[1] === syncStep2) onAnswer();
    },
    onClose: (code, reason) => {
      tell((handler) => handler.onClose(code, reason));
      onAnswer();
    },
  });
  early = {
    notebook,
    socket,
    answered,
    handOver(handler) {
      tell = (happening) => happening(handler);
      // Not before whoever takes the socket knows it.
      for (const happening of kept.splice(0)) queueMicrotask(() => happening(handler));
    },
  };
}

/** Waits for what the early socket is about to bring, so that cells are what is drawn first; not for long. */
export async function whenEarlyAnswered(limitMs: number): Promise<void> {
  if (!early) return;
  const { promise: late, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, limitMs);
  await Promise.race([early.answered, late]);
}

/** A new socket, or the early one, whose greeting is out already: it tells of no opening. */
export const createBrowserSocket: CreateSocket = (notebook, handler) => {
  const opened = early;
  early = null;
  if (opened?.notebook === notebook) {
    opened.handOver(handler);
    return opened.socket;
  }
  opened?.socket.close();
  return openSocket(notebook, handler);
};

function openSocket(notebook: string, handler: SocketHandler): Socket {
  const url = new URL(`/ws/notebooks/${encodeURIComponent(notebook)}`, location.href);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(url);
  socket.binaryType = 'arraybuffer';
  socket.onopen = () => handler.onOpen();
  socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
    handler.onMessage(typeof data === 'string' ? data : new Uint8Array(data));
  socket.onclose = ({ code, reason }) => handler.onClose(code, reason);
  return socket;
}

/** It came without a token, where people sign in by one. */
export function dropEarlySocket(): void {
  early?.socket.close();
  early = null;
}

// The server marks its page where nobody is known by a cookie (web/account/provider).
if (typeof location !== 'undefined' && document.documentElement.dataset.signIn !== 'clerk') {
  openEarlySocket(location.pathname);
}
