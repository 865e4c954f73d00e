import { closeCode, limits, protocolVersion } from '@rnb/protocol';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FakeServer } from '../../test/fake-server.ts';
import { type NotebookClient, openNotebook } from './notebook-client.ts';
import { forgetUnsentOf } from './unsent-edits.ts';

let server: FakeServer;
let client: NotebookClient;

beforeEach(() => {
  vi.useFakeTimers();
  server = new FakeServer();
  client = openNotebook('a'.repeat(32), {
    createSocket: server.createSocket,
    surroundings: server.surroundings,
    random: () => 1,
  });
});

afterEach(() => {
  client.close();
  forgetUnsentOf('u1');
  vi.useRealTimers();
});

const firstCell = () => client.structure.getOrder()[0] ?? '';
const type = (text: string) => client.structure.getCell(firstCell())?.text.insert(0, text);
const connection = () => client.status.get().connection;

describe('connecting', () => {
  test('S2, S3: says hello first, and is connected once the document is in step', () => {
    expect(client.status.get()).toMatchObject({
      connection: { state: 'connecting' },
      loaded: false,
    });
    server.flush();
    expect(server.heard[0]).toEqual({ type: 'hello', protocol: protocolVersion });
    expect(client.status.get()).toMatchObject({
      connection: { state: 'connected' },
      loaded: true,
      role: 'owner',
      user: { id: 'u1' },
      saved: 'saved',
    });
    expect(client.document.title).toBe('Fake');
  });

  test('S3: an edit that answers what the server sent is sent, too', () => {
    const stop = client.document.observe((changes) => {
      if (changes.some((change) => change.type === 'inserted')) {
        client.edit((document) => document.setTitle('Seen'));
      }
    });
    server.flush();
    stop();
    server.flush();
    expect(server.document.title).toBe('Seen');
    expect(client.status.get().saved).toBe('saved');
  });

  test('who leaves the page is gone for others before the socket ends, and back when it is shown again', () => {
    server.flush();
    client.awareness.setLocalStateField('cell', 'c1');
    server.flush();
    const seen = () => server.awareness.getStates().get(client.doc.clientID);
    expect(seen()).toEqual({ cell: 'c1' });
    client.leave();
    // What moves the cursor meanwhile brings nobody back.
    client.awareness.setLocalStateField('cell', 'c2');
    client.leave();
    server.flush();
    expect(seen()).toBeUndefined();
    // A browser that kept the page ended its socket.
    server.socket.lose();
    client.comeBack();
    vi.advanceTimersByTime(200);
    server.flush();
    expect(seen()).toEqual({ cell: 'c1' });
  });

  test('a server that never answers is given up', () => {
    vi.advanceTimersByTime(15_000);
    expect(connection()).toEqual({
      state: 'reconnecting',
      reason: 'The server stopped answering.',
    });
  });

  test.each([
    [closeCode.unauthenticated, 'unauthenticated'],
    [closeCode.forbidden, 'forbidden'],
    [closeCode.notFound, 'not_found'],
    [closeCode.protocol, 'mismatch'],
    [closeCode.tooBig, 'too_large'],
    [1009, 'too_large'],
  ])('S10: after %i it does not come back by itself, but when asked', (code, refusal) => {
    server.flush();
    server.socket.lose(code);
    expect(connection()).toMatchObject({ state: 'refused', code: refusal });
    vi.advanceTimersByTime(600_000);
    server.surroundings.wake();
    expect(server.sockets.length).toBe(1);
    client.reconnect();
    server.flush();
    expect(connection().state).toBe('connected');
  });

  test('another protocol makes it load the page anew, but not while that would lose an edit', () => {
    server.flush();
    server.socket.lose();
    type('typed ');
    vi.advanceTimersByTime(200);
    server.socket.lose(closeCode.protocol);
    expect(server.surroundings.reloads).toBe(0);
    expect(connection()).toMatchObject({ state: 'refused', code: 'mismatch' });
    expect(client.status.get().saved).toBe('unsaved');

    client.reconnect();
    server.flush();
    expect(server.code).toBe('typed x = 1');
    server.socket.lose(closeCode.protocol);
    expect(server.surroundings.reloads).toBe(1);
  });

  test('tells which cells hold what is not saved, and holds it while one may not edit', () => {
    server.flush();
    expect(client.unsent()).toEqual([]);
    server.socket.lose();
    client.edit((document) => document.insertCell({ id: 'blank', kind: 'python' }));
    client.edit((document) => document.insertCell({ id: 'new', kind: 'markdown', code: '# New' }));
    type('typed ');
    const unsent = [
      { id: firstCell(), kind: 'python', number: 1, code: 'typed x = 1' },
      { id: 'new', kind: 'markdown', number: 3, code: '# New' },
    ];
    expect(client.unsent()).toEqual(unsent);
    server.role = 'viewer';
    vi.advanceTimersByTime(200);
    server.flush();
    expect(client.status.get()).toMatchObject({ role: 'viewer', saved: 'unsaved' });
    expect(server.code).toBe('x = 1');
    expect(client.unsent()).toEqual(unsent);

    server.role = 'editor';
    server.socket.lose();
    vi.advanceTimersByTime(200);
    server.flush();
    expect(server.code).toBe('typed x = 1||# New');
    expect(client.unsent()).toEqual([]);
    server.document.setCode(firstCell(), 'y = 2');
    server.flush();
    type('z');
    expect(client.unsent()).toMatchObject([{ id: firstCell() }]);
  });

  test('edits of an hour offline, larger than a frame may be, arrive in several', () => {
    server.flush();
    server.socket.lose();
    const line = 'x'.repeat(900_000);
    for (let index = 0; index < 6; index += 1) {
      client.edit((document) => document.insertCell({ kind: 'python', code: line }));
    }
    vi.advanceTimersByTime(200);
    const sizes: number[] = [];
    const { socket } = server;
    const send = socket.send.bind(socket);
    socket.send = (data) => {
      sizes.push(data.length);
      send(data);
    };
    server.flush();
    expect(Math.max(...sizes)).toBeLessThan(limits.maxClientFrameBytes);
    expect(server.code.length).toBeGreaterThan(6 * line.length);
    expect(client.status.get()).toMatchObject({
      saved: 'saved',
      connection: { state: 'connected' },
    });
  });

  test('S10: waits from 0.2 s to 10 s between attempts, and starts over after a success', () => {
    server.flush();
    for (const delayMs of [200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]) {
      const attempts = server.sockets.length;
      server.socket.lose();
      vi.advanceTimersByTime(delayMs - 1);
      expect(server.sockets.length).toBe(attempts);
      vi.advanceTimersByTime(1);
      expect(server.sockets.length).toBe(attempts + 1);
    }
    server.flush();
    const attempts = server.sockets.length;
    server.socket.lose();
    vi.advanceTimersByTime(200);
    expect(server.sockets.length).toBe(attempts + 1);
  });

  test('without a network it says offline, and comes back at once when woken', () => {
    server.flush();
    server.surroundings.online = false;
    server.socket.lose();
    expect(connection().state).toBe('offline');
    server.surroundings.online = true;
    server.surroundings.wake();
    server.flush();
    expect(connection().state).toBe('connected');
  });

  test('it hears at once that the network went, and that it is back', async () => {
    server.flush();
    server.surroundings.loseNetwork();
    expect(connection().state).toBe('offline');
    expect(await client.run('all')).toMatchObject({
      code: 'unavailable',
      detail: expect.stringMatching(/^Not connected: nothing runs until the server is back/),
    });
    // An attempt without a network, which nobody answers.
    vi.advanceTimersByTime(200);
    const attempts = server.sockets.length;
    server.surroundings.online = true;
    server.surroundings.wake();
    expect(connection().state).toBe('reconnecting');
    expect(server.sockets.length).toBe(attempts + 1);
    server.flush();
    expect(connection().state).toBe('connected');
  });

  test('a network that goes while it waits for the next attempt is told, too', () => {
    server.flush();
    server.socket.lose();
    expect(connection().state).toBe('reconnecting');
    server.surroundings.loseNetwork();
    expect(connection().state).toBe('offline');
  });
});

describe('S4: saved', () => {
  test('saving until the server says that the frame is committed', () => {
    server.flush();
    server.saves = false;
    type('a');
    server.flush();
    expect(client.status.get().saved).toBe('saving');
    expect(client.hasUnsaved()).toBe(true);
    type('b');
    server.socket.saved();
    server.flush();
    expect(client.status.get().saved).toBe('saving');
    server.socket.saved();
    server.flush();
    expect(client.status.get().saved).toBe('saved');
    expect(client.hasUnsaved()).toBe(false);
  });

  test('what was typed while a socket broke, and after it, arrives with the next', () => {
    server.flush();
    type('lost ');
    server.socket.lose();
    type('offline ');
    expect(client.status.get().saved).toBe('unsaved');
    vi.advanceTimersByTime(200);
    server.flush();
    expect(server.code).toBe('offline lost x = 1');
    expect(client.status.get().saved).toBe('saved');
  });

  test('an update the server got but never confirmed is not doubled', () => {
    server.flush();
    server.saves = false;
    type('once ');
    server.flush();
    server.socket.lose();
    server.saves = true;
    vi.advanceTimersByTime(200);
    server.flush();
    expect(server.code).toBe('once x = 1');
    expect(client.status.get().saved).toBe('saved');
  });

  test('an edit that is never confirmed makes it give the socket up', () => {
    server.flush();
    server.saves = false;
    type('a');
    server.flush();
    vi.advanceTimersByTime(15_000);
    expect(connection().state).toBe('reconnecting');
  });

  test('a viewer sends no edits', () => {
    server.role = 'viewer';
    server.flush();
    type('a');
    server.flush();
    expect(server.code).toBe('x = 1');
    expect(client.status.get().saved).toBe('unsaved');
  });
});

describe('S5: run state', () => {
  const busy = (seq: number, status: 'busy' | 'idle' = 'busy') => {
    server.seq = seq;
    server.tell({
      type: 'events',
      seq,
      events: [{ type: 'kernel_status', language: 'python', status }],
    });
  };

  test('resumes from the last frame seen', () => {
    server.flush();
    busy(1);
    busy(2);
    server.flush();
    server.socket.lose();
    vi.advanceTimersByTime(200);
    server.flush();
    expect(server.heard.at(-1)).toMatchObject({ resume: { epoch: 'epoch-1', seq: 2 } });
    expect(client.runState.getKernels()).toEqual([{ language: 'python', status: 'busy' }]);
  });

  test('after a gap asks for a snapshot on a new socket', () => {
    server.flush();
    busy(1);
    busy(3, 'idle');
    server.flush();
    expect(connection().state).toBe('reconnecting');
    expect(client.runState.getKernels()).toEqual([{ language: 'python', status: 'busy' }]);
    vi.advanceTimersByTime(200);
    server.flush();
    expect(server.heard.at(-1)).toEqual({ type: 'hello', protocol: protocolVersion });
    expect(client.runState.getKernels()).toEqual([]);
  });

  test('another epoch brings a snapshot and its own count', () => {
    server.flush();
    busy(5 - 4);
    server.flush();
    server.epoch = 'epoch-2';
    server.seq = 40;
    server.socket.lose();
    vi.advanceTimersByTime(200);
    server.flush();
    busy(41, 'idle');
    server.flush();
    expect(client.runState.getKernels()).toEqual([{ language: 'python', status: 'idle' }]);
  });
});

describe('S8: commands', () => {
  test('are answered by the reply with their id', async () => {
    server.flush();
    const [run, restart] = [client.run('all'), client.restart()];
    server.flush();
    const ids = server.heard.flatMap((message) => ('id' in message ? [message.id] : []));
    const problem = {
      type: 'about:blank',
      title: 'T',
      status: 409,
      code: 'conflict',
      detail: 'No.',
    } as const;
    server.tell({ type: 'reply', id: ids[1] ?? 0, problem });
    server.tell({ type: 'reply', id: ids[0] ?? 0, problem: null });
    server.flush();
    expect(await run).toBeNull();
    expect(await restart).toEqual(problem);
  });

  test('S7: text typed before a run is sent before it', () => {
    server.flush();
    type('new ');
    void client.run('all');
    server.flush();
    expect(server.code).toBe('new x = 1');
    expect(server.heard.at(-1)).toMatchObject({ type: 'run_cells', cells: 'all' });
  });

  test('without a connection they fail at once, and with it when it breaks', async () => {
    expect(await client.interrupt()).toMatchObject({ code: 'unavailable' });
    server.flush();
    const pending = client.run(['c1']);
    server.flush();
    server.socket.lose();
    expect(await pending).toMatchObject({ code: 'unavailable' });
  });
});

describe('undo', () => {
  beforeEach(() => server.flush());

  test('brings back a deleted cell with its text', () => {
    const id = firstCell();
    client.edit((document) => document.removeCell(id));
    expect(client.structure.getOrder()).toEqual([]);
    client.undo();
    server.flush();
    expect(client.structure.getOrder()).toEqual([id]);
    expect(client.structure.getCell(id)?.text.toString()).toBe('x = 1');
    expect(server.code).toBe('x = 1');
  });

  test('an edit is a step of its own, apart from the typing around it', () => {
    type('a');
    client.edit((document) => document.insertCell({ kind: 'markdown', code: 'm' }));
    type('b');
    client.undo();
    expect(client.structure.getCell(firstCell())?.text.toString()).toBe('ax = 1');
    client.undo();
    expect(client.structure.getOrder().length).toBe(1);
    client.redo();
    expect(client.structure.getOrder().length).toBe(2);
    expect(client.history.get()).toEqual({ canUndo: true, canRedo: true });
  });

  test('leaves what came from the server alone', () => {
    expect(client.history.get().canUndo).toBe(false);
  });
});

test('what came from the server is not sent back, nor waited for', () => {
  server.saves = false;
  server.flush();
  expect(client.structure.getOrder().length).toBe(1);
  expect(client.status.get().saved).toBe('saved');
});

test('a closed client is silent', () => {
  server.flush();
  client.close();
  expect(server.socket.isOpen).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(server.sockets.length).toBe(1);
});
