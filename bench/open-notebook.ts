/** `npm run bench:open`; README.md beside it says what is measured and how. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { ApiClient } from '@rnb/e2e/api-client';
import { type RunningServer, startServer, temporaryDataDir } from '@rnb/e2e/running-server';
import type { CellKind } from '@rnb/protocol';
import { type Browser, chromium, type Page } from 'playwright-core';
import { quantile } from './measure.ts';
import { NotebookSocket } from './notebook-socket.ts';
import { python } from './python.ts';

const cellCount = 1_000;
const openings = 5;
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
declare const meter: { painted: Partial<Opened>; keys: number[] };

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
  opened: Opened[];
  scrolled: Scrolled;
  keyMs: number[];
  heapMb: number;
}

async function measurePage(
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
  // The first visit fills the cache, as for anybody who was here before.
  await page.goto(address);
  await page.locator(cell).first().waitFor();
  await page.addInitScript(`requestAnimationFrame(() => meter.watch('${cell}', ${cellCount}))`);
  const opened: Opened[] = [];
  for (let round = 0; round < openings; round++) {
    await page.goto('about:blank');
    await page.goto(address);
    await page.waitForFunction(() => meter.painted.allMs !== undefined);
    opened.push(await page.evaluate<Opened>('meter.painted'));
  }
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
    opened,
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

function row(what: string, { opened, scrolled, keyMs, heapMb }: Measured) {
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

async function signIn(server: RunningServer, page: Page): Promise<void> {
  await page.goto(server.signInLink);
  await page.getByRole('heading', { name: 'Notebooks' }).waitFor();
}

await using data = await temporaryDataDir();
const server = await startServer(data.path, python);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
});
const limit = await serveStaticPage();
try {
  const id = await createNotebook(server);
  const bare = await measurePage(browser, limit.url, 'pre', async (page) => {
    await page.locator(`pre >> nth=${cellCount / 2}`).click();
  });
  const notebook = await measurePage(
    browser,
    `${server.url}/notebooks/${id}`,
    '[data-cell]',
    async (page) => {
      await page
        .locator(`[data-cell] >> nth=${cellCount / 2 + 1}`)
        .locator('.static-code')
        .click();
      await page.locator('.cm-content:focus').waitFor();
      await page.keyboard.press('ControlOrMeta+End');
    },
    (page) => signIn(server, page),
  );
  console.table([row(`notebook of ${cellCount}`, notebook), row('static page', bare)]);
} finally {
  limit.close();
  await browser.close();
  await server.stop();
}
