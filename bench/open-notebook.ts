/** `npm run bench:open`; README.md beside it says what is measured and how. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApiClient } from '@rnb/e2e/api-client';
import { type RunningServer, startServer, temporaryDataDir } from '@rnb/e2e/running-server';
import type { CellKind } from '@rnb/protocol';
import { type Browser, chromium, type Page } from 'playwright-core';
import { BareChromium, type Cookie } from './bare-chromium.ts';
import { NotebookSocket } from './notebook-socket.ts';
import { python } from './python.ts';
import { quantile } from './sample.ts';

const cellCount = 1_000;
const openings = { warmUps: 2, runs: 9 };
const keystrokes = 40;
const viewport = { width: 1440, height: 900 };

/** As notebooks are: mostly code of a few lines, some prose, some text printed, a chart now and then. */
const sources = Array.from({ length: cellCount }, (_, i): { kind: CellKind; code: string } => {
  if (i % 10 === 0) return { kind: 'markdown', code: `## Part ${i}\n\nSome *prose* about it.` };
  const lines = Array.from({ length: (i * 7) % 9 }, (_, line) => `value_${i}_${line} = ${line}`);
  if (i % 100 === 7)
    lines.push('class Page:\n    def _repr_html_(self): return "<b>HTML</b>"\nPage()');
  else if (i % 3 === 0) lines.push(`print("\\n".join(str(n) for n in range(${i % 20})))`);
  else lines.push(`result_${i} = [${i}] * ${i % 30}\nresult_${i}`);
  return { kind: 'python', code: lines.join('\n') };
});

/** In the page: page-meter.js. */
declare const meter: { keys: number[] };

interface Opened {
  firstMs: number;
  allMs: number;
}

interface Scrolled {
  p95Ms: number;
  worstMs: number;
  slowFrames: number;
  frames: number;
}

interface Measured {
  scrolled: Scrolled;
  keyMs: number[];
  heapMb: number;
}

async function measureUse(
  browser: Browser,
  address: string,
  cell: string,
  write: (page: Page) => Promise<void>,
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<Measured> {
  const context = await browser.newContext({ viewport });
  const page = await context.newPage();
  await prepare(page);
  await page.addInitScript({ path: join(import.meta.dirname, 'page-meter.js') });
  await page.goto(address);
  await page.locator(`${cell} >> nth=${cellCount - 1}`).waitFor({ state: 'attached' });
  const frames = await page.evaluate<number[]>('meter.scroll()');

  await page.evaluate('scrollTo(0, document.documentElement.scrollHeight / 2)');
  await write(page);
  await page.evaluate('meter.watchKeys()');
  for (let key = 0; key < keystrokes; key++) {
    await page.keyboard.press('x');
    await page.waitForFunction((count) => meter.keys.length > count, key);
  }
  const keyMs = await page.evaluate<number[]>('meter.keys');

  const devtools = await context.newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  await context.close();
  return {
    scrolled: {
      frames: frames.length,
      p95Ms: quantile(frames, 0.95),
      worstMs: Math.max(...frames),
      slowFrames: frames.filter((ms) => ms > 50).length,
    },
    keyMs,
    heapMb: usedSize / 1e6,
  };
}

/** How long until the cells are painted, of a page that was opened before. */
async function measureOpening(
  executable: string,
  address: string,
  cell: string,
  cookies: readonly Cookie[] = [],
): Promise<Opened[]> {
  const chromium = await BareChromium.launch(executable, viewport);
  for (const cookie of cookies) await chromium.setCookie(cookie);
  const meter = await readFile(join(import.meta.dirname, 'page-meter.js'), 'utf8');
  await chromium.addScript(`${meter}; meter.tellOpening('${cell}', ${cellCount})`);
  const opened: Opened[] = [];
  for (let round = 0; round < openings.warmUps + openings.runs; round++) {
    await chromium.goTo('about:blank');
    await chromium.goTo(address);
    const painted = decodeURIComponent(await chromium.told('painted '));
    if (round >= openings.warmUps) opened.push(JSON.parse(painted));
  }
  await chromium.close();
  return opened;
}

/** The limit: the same text without a notebook around it. */
async function serveStaticPage() {
  const blocks = sources.map(
    ({ code }) => `<pre contenteditable>${code.replaceAll('<', '&lt;')}</pre>`,
  );
  const html = `<!doctype html><title>Static</title>${blocks.join('')}`;
  const server = createServer((_, response) =>
    response.setHeader('content-type', 'text/html').end(html),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

function row(what: string, opened: Opened[], { scrolled, keyMs, heapMb }: Measured) {
  return {
    what,
    'first cells ms': Math.round(
      quantile(
        opened.map(({ firstMs }) => firstMs),
        0.5,
      ),
    ),
    'all cells ms': Math.round(
      quantile(
        opened.map(({ allMs }) => allMs),
        0.5,
      ),
    ),
    'scroll p95 ms': Math.round(scrolled.p95Ms),
    'worst ms': Math.round(scrolled.worstMs),
    '> 50 ms': `${scrolled.slowFrames} of ${scrolled.frames}`,
    'key ms': quantile(keyMs, 0.5).toFixed(1),
    'key p95 ms': quantile(keyMs, 0.95).toFixed(1),
    'heap MB': Math.round(heapMb),
  };
}

/** A notebook of these cells, run once; its id. */
async function createNotebook(server: RunningServer): Promise<string> {
  const id = await new ApiClient(server).createNotebook('Long');
  const socket = await NotebookSocket.open(server, id);
  const cells: string[] = [];
  socket.document.transact(() => {
    for (const { id } of socket.document.cells()) socket.document.removeCell(id);
    for (const cell of sources) {
      cells.push(socket.document.insertCell({ ...cell, after: cells.at(-1) ?? null }));
    }
  });
  await socket.run('all', cells);
  await socket.close();
  return id;
}

/** The cookies of whoever opens the sign-in link. */
async function cookiesOf({ url, signInLink }: RunningServer): Promise<Cookie[]> {
  const answer = await fetch(`${url}/api/auth/link`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ token: new URL(signInLink).hash.slice(1) }),
  });
  return answer.headers.getSetCookie().map((cookie) => {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    return { name, value, url };
  });
}

await using data = await temporaryDataDir();
const server = await startServer(data.path, python);
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});
const limit = await serveStaticPage();
try {
  const address = `${server.url}/notebooks/${await createNotebook(server)}`;
  const cookies = await cookiesOf(server);
  const opening = {
    bare: await measureOpening(executablePath, limit.url, 'pre'),
    notebook: await measureOpening(executablePath, address, '[data-cell]', cookies),
  };
  const bare = await measureUse(browser, limit.url, 'pre', async (page) => {
    await page.locator(`pre >> nth=${cellCount / 2}`).click();
  });
  const notebook = await measureUse(
    browser,
    address,
    '[data-cell]',
    async (page) => {
      await page
        .locator(`[data-cell] >> nth=${cellCount / 2 + 1}`)
        .locator('.static-code')
        .click();
      await page.locator('.cm-content:focus').waitFor();
      await page.keyboard.press('ControlOrMeta+End');
    },
    (page) => page.context().addCookies(cookies),
  );
  console.table([
    row(`notebook of ${cellCount}`, opening.notebook, notebook),
    row('static page', opening.bare, bare),
  ]);
} finally {
  limit.close();
  await browser.close();
  await server.stop();
}
