/** `npm run bench`; README.md beside it says what is measured and how. */
import { parseArgs } from 'node:util';
import { Arena } from './arena.ts';
import type { Benchmark } from './benchmarks/benchmark.ts';
import { boot } from './benchmarks/boot.ts';
import { chainOfCells, fanAndDiamond } from './benchmarks/cascade.ts';
import { density } from './benchmarks/density.ts';
import { flood } from './benchmarks/flood.ts';
import { kernelStart } from './benchmarks/kernel-start.ts';
import { oneCell } from './benchmarks/one-cell.ts';
import { resume } from './benchmarks/resume.ts';
import { slider } from './benchmarks/slider.ts';
import { benchPython, versionOf } from './environment.ts';
import { type Row, tableOf } from './table.ts';

const benchmarks: Benchmark[] = [
  chainOfCells,
  fanAndDiamond,
  oneCell,
  slider,
  kernelStart,
  density,
  flood,
  boot,
  resume,
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false } },
});
const unknown = positionals.find((id) => !benchmarks.some((benchmark) => benchmark.id === id));
if (unknown !== undefined) {
  const ids = benchmarks.map(({ id }) => id).join(', ');
  console.error(`There is no benchmark ${unknown}. There are ${ids}.`);
  process.exit(2);
}
const chosen =
  positionals.length === 0 ? benchmarks : benchmarks.filter(({ id }) => positionals.includes(id));

const python = await benchPython();
const rows: Row[] = [];
let failures = 0;
{
  await using arena = await Arena.open(python, values.quick);
  for (const benchmark of chosen) {
    const from = performance.now();
    try {
      rows.push(...(await benchmark.run(arena)));
    } catch (error) {
      failures += 1;
      console.error(`${benchmark.id} failed:`, error);
    }
    await arena.clear();
    console.error(`${benchmark.id} took ${Math.round((performance.now() - from) / 1_000)} s`);
  }
}
const versions = await Promise.all(
  ['marimo', 'jupyter_server', 'ipykernel', 'pandas'].map(
    async (name) => `${name} ${await versionOf(python, name)}`,
  ),
);
console.log(`\n${tableOf(rows)}\n\nNode ${process.version}, ${versions.join(', ')}`);
process.exit(failures > 0 ? 1 : 0);
