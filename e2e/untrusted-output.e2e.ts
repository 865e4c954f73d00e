/**
 * Hostile content through the real page and server: some 400 payloads in every place that shows what a notebook says.
 * None may run in the app's page, and none may reach a listener. docs/untrusted-output.md says what each wall is.
 */
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  hostileCharts,
  hostileMarkup,
  hostileTerminal,
  type Listener,
  leavingMarkup,
  player,
} from './hostile-payloads.ts';
import { NotebookPage } from './notebook-page.ts';
import { World } from './world.ts';

let world: World;
let server: Server;
let datagrams: Socket;
/** Hears what nobody but the control tells it. */
let controlDatagrams: Socket;
let listener: Listener;
const hits: string[] = [];
const waiting = new Set<() => void>();

beforeAll(async () => {
  const hit = (what: string) => {
    hits.push(what);
    for (const check of [...waiting]) check();
  };
  server = createServer((request, response) => {
    hit(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*').end('<!doctype html>');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the listener has no port');
  datagrams = createSocket('udp4').on('message', () => hit('datagram'));
  datagrams.bind(address.port, '127.0.0.1');
  controlDatagrams = createSocket('udp4').on('message', () => hit('control datagram'));
  controlDatagrams.bind(0, '127.0.0.1');
  await Promise.all([once(datagrams, 'listening'), once(controlDatagrams, 'listening')]);
  listener = { origin: `http://127.0.0.1:${address.port}`, port: address.port };
  world = await World.open();
});

afterAll(async () => {
  await world.close();
  server.close();
  datagrams.close();
  controlDatagrams.close();
});

function heard(what: string): Promise<void> {
  return new Promise((resolve) => {
    const check = () => {
      if (!hits.includes(what)) return;
      waiting.delete(check);
      resolve();
    };
    waiting.add(check);
    check();
  });
}

/** A page that is free to call, after the hostile ones: once its calls are heard, theirs would have been. */
async function proveThatListenerHears(page: Page): Promise<void> {
  const free = await page.context().newPage();
  await free.goto(`${listener.origin}/control`);
  await free.evaluate(`
    const peer = new RTCPeerConnection({
      iceServers: [{ urls: 'stun:127.0.0.1:${controlDatagrams.address().port}' }],
    });
    peer.createDataChannel('x');
    peer.createOffer().then((offer) => peer.setLocalDescription(offer))`);
  await heard('/control');
  await heard('control datagram');
  await free.close();
}

/** JSON, as a literal of Python. */
const pythonText = (text: string) =>
  JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** What is in the page although nothing of ours would make it. Runs in the page. */
const findLiveContent = `
  const found = [];
  const elements = ['script', 'object', 'embed', 'form', 'base', 'meta', 'link', 'frame'];
  const addresses = ['href', 'src', 'action', 'formaction', 'xlink:href', 'data', 'poster', 'ping'];
  for (const element of document.body.querySelectorAll('*')) {
    const tag = element.localName;
    const ours = tag !== 'iframe' || element.getAttribute('src') === '/output-frame.html';
    if (elements.includes(tag) || !ours) found.push(element.outerHTML.slice(0, 200));
    for (const { name, value } of element.attributes) {
      const url = value.replace(/[\\u0000-\\u0020]/g, '').toLowerCase();
      const leads = /^(https?:)?\\/\\//.test(url) && !url.startsWith(location.origin);
      const runs = /^(javascript|vbscript|blob|file):|^data:(?!image\\/)/.test(url);
      const fetches = leads && !(tag === 'a' && name === 'href');
      if (
        name.startsWith('on') || name === 'srcset' || name === 'srcdoc' ||
        (name === 'style' && /url\\(/.test(url)) ||
        (addresses.includes(name) && (runs || fetches))
      ) found.push(tag + ' ' + name + '=' + value.slice(0, 200));
    }
  }
  found`;

test('D1–D11: hostile content neither runs in the page nor gets out of its frames', async () => {
  const markup = hostileMarkup(listener);
  expect(markup.length).toBeGreaterThan(300);

  const id = await world.api.createNotebook(
    '<img src=x onerror=top.owned=1><script>owned=1</script>',
  );
  // Expressions of Python over `markup` and `everything`.
  const shown: Record<string, string> = {
    html: "{'text/html': player.replace('MARKUP', json.dumps(markup).replace('<', '\\\\u003c'))}",
    ...Object.fromEntries(
      [
        ...leavingMarkup(listener).map((html) => ({ 'text/html': html })),
        ...hostileCharts(listener),
      ]
        .map((bundle) => `json.loads(${pythonText(JSON.stringify(bundle))})`)
        .map((bundle, index) => [`frame ${index}`, bundle]),
    ),
    markdown: "{'text/markdown': everything}",
    latex: "{'text/latex': everything[:20_000]}",
    text: "{'text/plain': everything}",
    svg: "{'image/svg+xml': f'<svg xmlns=\"http://www.w3.org/2000/svg\">{everything}</svg>'}",
    image: "{'image/png': everything}",
    json: "{'application/json': {key: {key: key} for key in markup}}",
    table: `{'application/vnd.rnb.table+json': {
      'columns': [{'name': name, 'type': 'text', 'dtype': name} for name in markup[:8]],
      'rowCount': 40, 'columnCount': 8,
      'rows': [markup[row * 8 : row * 8 + 8] for row in range(40)]}}`,
    'unknown type': '{markup[0]: markup[0]}',
  };
  const cells: Record<string, string> = {};
  const add = async (name: string, code: string, kind: 'python' | 'markdown' = 'python') => {
    cells[name] = await world.api.addCell(id, { code, kind }, { wait: false });
  };
  // The first cell's code holds the payloads itself; the others stay short, so that their outputs are near.
  await add(
    'source',
    `import json, sys
markup = json.loads(${pythonText(JSON.stringify(markup))})
everything = "\\n\\n".join(markup)
terminal = ${pythonText(hostileTerminal(listener))}
player = ${pythonText(player)}`,
  );
  for (const [name, bundle] of Object.entries(shown))
    await add(name, `display(${bundle}, raw=True)`);
  await add('prose', markup.join('\n\n').replaceAll(/[{}]/g, ''), 'markdown');
  await add('interpolated', 'before {everything} after', 'markdown');
  await add('console', 'print(terminal + everything)\nprint(everything, file=sys.stderr)');
  await add('error', 'raise type(markup[0], (Exception,), {})(everything)');
  await add('last', '6 * 7');
  const ran = await world.api.run(id);
  expect(ran.cells.filter(({ status }) => status === 'error').map((cell) => cell.id)).toEqual([
    cells.error,
  ]);

  const page = await world.openList();
  await page.addInitScript(`
    if (window === top) window.violations = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
      window.violations?.push(effectiveDirective + ' ' + blockedURI);
    });`);
  const address = `${world.server.url}/notebooks/${id}`;
  await page.goto(address);
  const notebook = new NotebookPage(page);
  for (const [name, cell] of Object.entries(cells)) {
    const place = notebook.cell(cell);
    await place.scrollIntoViewIfNeeded();
    if (name === 'html') {
      await place.locator('iframe').contentFrame().locator('#done').waitFor({ state: 'attached' });
    } else if (name.startsWith('frame')) {
      await place.locator('.out-frame[data-state="shown"], .out-frame .out-notice').waitFor();
    } else if (name !== 'source') await place.locator('.out-cell').waitFor();
  }
  await notebook.sees(cells.last ?? '', '42');

  expect(page.url()).toBe(address);
  expect(await page.evaluate(findLiveContent)).toEqual([]);
  // The policy is the last wall: nothing should come so far as to be stopped by it, but the frames that leave, and zod,
  // which tries once whether it may make code.
  const traces = `({
    owned: window.owned, polluted: {}.owned, ran: window.ran, stored: localStorage.owned,
    violations: violations.filter((violation) => !/^frame-src|^script-src eval$/.test(violation)),
  })`;
  expect(await page.evaluate(traces)).toEqual({ violations: [] });
  expect(
    page
      .context()
      .pages()
      .filter((other) => other.url().startsWith(listener.origin)),
  ).toEqual([]);

  await proveThatListenerHears(page);
  const controls = ['/control', 'control datagram', '/favicon.ico'];
  expect(hits.filter((hit) => !controls.includes(hit))).toEqual([]);
  await page.close();
});

test('a frame is as high as what is in it, wherever its code puts it, up to a bound', async () => {
  const id = await world.api.createNotebook('Heights');
  const shown = (html: string) =>
    world.api.addCell(id, { code: `display({'text/html': ${pythonText(html)}}, raw=True)` });
  const outside = await shown(
    "<script>const p = document.createElement('p'); p.style.cssText = 'height:700px;margin:0'; document.body.append(p)</script>",
  );
  const endless = await shown(
    "<script>new ResizeObserver(() => { document.body.style.height = innerHeight + 1e6 + 'px' }).observe(document.body)</script>",
  );
  const notebook = await world.openNotebook(id);
  const heightOf = async (cell: string) => {
    await notebook.cell(cell).locator('iframe').scrollIntoViewIfNeeded();
    return (await notebook.cell(cell).locator('iframe').boundingBox())?.height;
  };
  await expect.poll(() => heightOf(outside)).toBe(700);
  await expect.poll(() => heightOf(endless)).toBe(20_000);
  await notebook.page.close();
});
