import { closeCode } from '@rnb/protocol';
import { startOver } from './leaving.ts';

/** What is used of a WebSocket, so that tests can stand in for it. */
export interface Socket {
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number): void;
}

export interface SocketHandler {
  onOpen(): void;
  onMessage(data: string | Uint8Array): void;
  onClose(code: number, reason: string): void;
}

export type CreateSocket = (notebook: string, handler: SocketHandler) => Socket;

/** What the browser knows about the network and about being looked at. */
export interface Surroundings {
  isOnline(): boolean;
  /** Calls when the network came back or the page is looked at again; returns how to stop. */
  onWake(listener: () => void): () => void;
  /** Calls when the network went away; returns how to stop. */
  onOffline(listener: () => void): () => void;
  /** Loads the page anew, unless that was done a moment ago and did not help. */
  reload(): void;
  /** Loads the page anew in any case: it is somebody else's now. */
  startOver(): void;
}

/** `mismatch`: page and server do not understand each other. `too_large`: the server does not take what was written. */
export type RefusalCode = 'unauthenticated' | 'forbidden' | 'not_found' | 'mismatch' | 'too_large';

export type Connection =
  /** The first attempt. */
  | { readonly state: 'connecting' }
  /** Welcomed, and the document is in step. */
  | { readonly state: 'connected' }
  /** `reason` is a sentence on why the last socket ended. */
  | { readonly state: 'reconnecting'; readonly reason: string }
  /** As `reconnecting`, and the browser says there is no network. */
  | { readonly state: 'offline'; readonly reason: string }
  /** Not tried again until `reconnect()`: it would end in the same way. */
  | { readonly state: 'refused'; readonly code: RefusalCode; readonly reason: string }
  | { readonly state: 'closed' };

export interface LinkHandler {
  /** The socket is open; nothing has been sent. Not told where the greeting is out already. */
  onOpen(): void;
  onText(text: string): void;
  onBinary(bytes: Uint8Array): void;
  /** The socket is gone, or was given up; what was on its way may be lost. */
  onLost(): void;
  onConnection(connection: Connection): void;
}

const firstDelayMs = 200;
const longestDelayMs = 10_000;
/** A server that says nothing for so long, though an answer is due, is not there any more. */
const patienceMs = 15_000;

/**
 * One lasting connection made of many sockets: opens, waits, opens again. It knows close codes and clocks, and
 * nothing of what travels.
 */
export class SocketLink {
  readonly #createSocket: (handler: SocketHandler) => Socket;
  readonly #handler: LinkHandler;
  readonly #surroundings: Surroundings;
  readonly #random: () => number;
  readonly #stopListening: readonly (() => void)[];
  #socket: Socket | null = null;
  #failures = 0;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #watchdog: ReturnType<typeof setTimeout> | null = null;
  #connection: Connection = { state: 'connecting' };

  constructor(options: {
    createSocket: (handler: SocketHandler) => Socket;
    handler: LinkHandler;
    surroundings: Surroundings;
    random: () => number;
  }) {
    this.#createSocket = options.createSocket;
    this.#handler = options.handler;
    this.#surroundings = options.surroundings;
    this.#random = options.random;
    this.#stopListening = [
      this.#surroundings.onWake(() => {
        // An attempt of the time without a network would hang.
        if (this.#retry !== null || this.#connection.state === 'offline') this.reconnect();
      }),
      // The socket itself would notice only when an answer fails to come.
      this.#surroundings.onOffline(() => this.#loseNetwork()),
    ];
  }

  open(): void {
    // A socket that was given up may still speak; nobody listens to it any more.
    const ifPresent =
      <A extends unknown[]>(then: (...values: A) => void) =>
      (...values: A) => {
        if (this.#socket === socket) then(...values);
      };
    const socket = this.#createSocket({
      onOpen: ifPresent(() => this.#handler.onOpen()),
      onMessage: ifPresent((data: string | Uint8Array) => {
        if (this.#watchdog !== null) this.expectAnswer();
        if (typeof data === 'string') this.#handler.onText(data);
        else this.#handler.onBinary(data);
      }),
      onClose: ifPresent((code: number, reason: string) => this.#lost(code, reason)),
    });
    this.#socket = socket;
    this.expectAnswer();
  }

  send(data: string | Uint8Array<ArrayBuffer>): void {
    this.#socket?.send(data);
  }

  /** The other side is to say something soon; otherwise the socket is given up. */
  expectAnswer(): void {
    this.answered();
    this.#watchdog = setTimeout(() => {
      this.restart('The server stopped answering.');
    }, patienceMs);
  }

  /** Nothing more is due. */
  answered(): void {
    if (this.#watchdog !== null) clearTimeout(this.#watchdog);
    this.#watchdog = null;
  }

  /** All is well: the next failure starts with a short wait again. */
  settled(): void {
    this.#failures = 0;
    this.#tell({ state: 'connected' });
  }

  /** Gives up the present socket, if any, and opens a new one now. */
  reconnect(): void {
    if (this.#connection.state === 'closed') return;
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#socket) {
      this.#drop();
      this.#handler.onLost();
    }
    const { state } = this.#connection;
    if (state === 'refused') this.#tell({ state: 'connecting' });
    else if (state === 'connected' || (state === 'offline' && this.#surroundings.isOnline())) {
      this.#tell({ state: 'reconnecting', reason: 'Catching up with the server.' });
    }
    this.open();
  }

  /** Gives up the present socket and opens a new one after the usual wait. */
  restart(reason: string): void {
    if (!this.#socket) return;
    this.#drop();
    this.#lost(1000, reason);
  }

  close(): void {
    for (const stop of this.#stopListening) stop();
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    if (this.#socket) {
      this.#drop();
      this.#handler.onLost();
    }
    this.#tell({ state: 'closed' });
  }

  #loseNetwork(): void {
    const reason = 'There is no network.';
    if (this.#socket) this.restart(reason);
    else if (this.#connection.state === 'reconnecting') this.#tell({ state: 'offline', reason });
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = null;
    this.answered();
    socket?.close();
  }

  #lost(code: number, reason: string): void {
    this.#socket = null;
    this.answered();
    this.#handler.onLost();
    const refusal = refusals[code];
    if (refusal) {
      this.#tell({ state: 'refused', code: refusal.code, reason: reason || refusal.reason });
      return;
    }
    const state = this.#surroundings.isOnline() ? 'reconnecting' : 'offline';
    this.#tell({ state, reason: reason || 'The connection to the server was lost.' });
    // Half the wait is drawn by lot, so that the clients of a restarted server do not come back as one.
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** this.#failures);
    this.#failures += 1;
    this.#retry = setTimeout(
      () => {
        this.#retry = null;
        this.open();
      },
      Math.max(firstDelayMs, delayMs * (0.5 + 0.5 * this.#random())),
    );
  }

  #tell(connection: Connection): void {
    this.#connection = connection;
    this.#handler.onConnection(connection);
  }
}

const tooLarge = {
  code: 'too_large',
  reason:
    'What you wrote last is larger than the server takes at once. It is kept in this tab: shorten it, then try again.',
} as const;

const refusals: Readonly<Record<number, { code: RefusalCode; reason: string }>> = {
  [closeCode.unauthenticated]: {
    code: 'unauthenticated',
    reason: 'Sign in again to go on; what you typed is kept.',
  },
  [closeCode.forbidden]: {
    code: 'forbidden',
    reason: 'You may not do this in this notebook. Ask its owner for access.',
  },
  [closeCode.notFound]: {
    code: 'not_found',
    reason: 'This notebook does not exist, or was deleted.',
  },
  [closeCode.protocol]: {
    code: 'mismatch',
    reason:
      'This page and the server do not match. Copy what you wrote last, then reload the page.',
  },
  [closeCode.tooBig]: tooLarge,
  // What a WebSocket itself says of a frame over the limit.
  1009: tooLarge,
};

const reloadedAtKey = 'reloaded-at';
const reloadAgainAfterMs = 60_000;

/** The browser's own answers. */
export function browserSurroundings(): Surroundings {
  return {
    isOnline: () => navigator.onLine,
    onWake(listener) {
      const onVisibility = () => {
        if (document.visibilityState === 'visible') listener();
      };
      window.addEventListener('online', listener);
      document.addEventListener('visibilitychange', onVisibility);
      return () => {
        window.removeEventListener('online', listener);
        document.removeEventListener('visibilitychange', onVisibility);
      };
    },
    onOffline(listener) {
      window.addEventListener('offline', listener);
      return () => window.removeEventListener('offline', listener);
    },
    reload() {
      const last = Number(sessionStorage.getItem(reloadedAtKey));
      if (Date.now() - last < reloadAgainAfterMs) return;
      sessionStorage.setItem(reloadedAtKey, String(Date.now()));
      location.reload();
    },
    startOver,
  };
}
