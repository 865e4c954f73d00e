/** `npm run bench:cascade`; README.md beside it says what is measured and how. */
import { ApiClient } from '@rnb/e2e/api-client';
import { type RunningServer, startServer, temporaryDataDir } from '@rnb/e2e/running-server';
import { openBareCells } from './bare-cells.ts';
import { measure } from './measure.ts';
import { NotebookSocket } from './notebook-socket.ts';
import { python } from './python.ts';

const cascadeCells = 1_000;
const cascadeRounds = { warmUps: 2, runs: 7 };
const notebookSizes = [10, 100, 1_000, 10_000];
const editRounds = { warmUps: 10, runs: 51 };

const chain = Array.from({ length: cascadeCells }, (_, i) =>
  i === 0 ? 'x0 = 1' : `x${i} = x${i - 1} + 1`,
);
const fan = Array.from({ length: cascadeCells }, (_, i) =>
  i === 0 ? 'x0 = 1' : `x${i} = x0 + ${i}`,
);

/** A notebook of these cells, run once, with its cells' ids in order. */
async function openNotebook(server: RunningServer, title: string, sources: string[]) {
  const id = await new ApiClient(server).createNotebook(title);
  const socket = await NotebookSocket.open(server, id);
  const cells: string[] = [];
  socket.document.transact(() => {
    // The empty cell of a new notebook stays first: squeezing thousands in before it would measure their long order keys.
    let after = socket.document.cells().at(-1)?.id ?? null;
    for (const code of sources) {
      after = socket.document.insertCell({ kind: 'python', code, after });
      cells.push(after);
    }
  });
  const [first] = cells;
  const last = cells.at(-1);
  if (first === undefined || last === undefined) throw new Error('A notebook needs cells.');
  await socket.run('all', cells);
  return { socket, cells, first, last };
}

async function benchCascade(
  server: RunningServer,
  python: string,
  name: string,
  sources: string[],
) {
  const { socket, cells, first } = await openNotebook(server, name, sources);
  const notebook = await measure(cascadeRounds, async (round) => {
    socket.resetTraffic();
    socket.document.setCode(first, `x0 = ${round + 2}`);
    await socket.run([first], cells);
  });
  const { messages, bytes } = socket.traffic();
  await socket.close();

  const bareCells = openBareCells(python, sources);
  const bare = await measure(cascadeRounds, (round) => bareCells.run(`x0 = ${round + 2}`));
  bareCells.close();

  return {
    what: `${name} of ${sources.length}`,
    'median ms': milliseconds(notebook.medianMs),
    'p95 ms': milliseconds(notebook.p95Ms),
    messages,
    kB: Math.round(bytes / 1_000),
    'bare ms': milliseconds(bare.medianMs),
    ratio: ratio(notebook.medianMs, bare.medianMs),
  };
}

async function benchOneEdit(server: RunningServer, size: number) {
  // With the empty cell that a new notebook has, `size` in all: the largest notebook there may be.
  const sources = Array.from({ length: size - 1 }, (_, i) => `y${i} = ${i}`);
  const { socket, last } = await openNotebook(server, `${size} cells`, sources);
  const timing = await measure(editRounds, async (round) => {
    socket.resetTraffic();
    socket.document.setCode(last, `y${size - 2} = ${size + round}`);
    await socket.run([last], [last]);
  });
  const { messages, bytes } = socket.traffic();
  await socket.close();
  return { size, timing, messages, bytes };
}

function milliseconds(value: number): string {
  return value.toFixed(2);
}

function ratio(value: number, base: number): string {
  return `${(value / base).toFixed(2)}×`;
}

await using data = await temporaryDataDir();
const server = await startServer(data.path, python);
try {
  const rows: Record<string, string | number>[] = [
    await benchCascade(server, python, 'chain', chain),
    await benchCascade(server, python, 'fan', fan),
  ];
  let smallestMs: number | null = null;
  for (const size of notebookSizes) {
    const { timing, messages, bytes } = await benchOneEdit(server, size);
    smallestMs ??= timing.medianMs;
    rows.push({
      what: `one cell among ${size}`,
      'median ms': milliseconds(timing.medianMs),
      'p95 ms': milliseconds(timing.p95Ms),
      messages,
      kB: Math.round(bytes / 1_000),
      ratio: `${ratio(timing.medianMs, smallestMs)} of ${notebookSizes[0]}`,
    });
  }
  console.table(rows);
} finally {
  await server.stop();
}
