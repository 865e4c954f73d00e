/** `npm run semantics`: plays the programs in every notebook and writes docs/semantics.md. */
import { execFileSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Arena, peerNames } from '../arena.ts';
import { benchPython, versionOf } from '../environment.ts';
import { type PlayedProgram, pageOf, type Versions, verdictOf } from './page.ts';
import { type Outcome, play, runScript } from './play.ts';
import { limits, type Program, reruns, values } from './programs.ts';

const root = dirname(dirname(import.meta.dirname));
const python = await benchPython();
await using arena = await Arena.open(python, false);

async function playAll(programs: readonly Program[]): Promise<PlayedProgram[]> {
  const all: PlayedProgram[] = [];
  for (const program of programs) {
    const script = await runScript(python, await arena.folder(), program);
    const outcomes: Partial<Record<(typeof peerNames)[number], Outcome>> = {};
    for (const peer of peerNames) {
      outcomes[peer] = await play(await arena.server(peer), arena.newTitle(), program);
    }
    const { ours, marimo, jupyter } = outcomes;
    if (ours === undefined || marimo === undefined || jupyter === undefined) {
      throw new Error(`${program.name} was not played everywhere.`);
    }
    all.push({ program, script, ours, marimo, jupyter });
    const said = peerNames.map(
      (peer) => `${peer} ${verdictOf(outcomes[peer]?.after ?? {}, script)}`,
    );
    console.error(`${program.name}: ${said.join(', ')}`);
  }
  return all;
}

async function versions(): Promise<Versions> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const [marimo, server, kernel] = await Promise.all(
    ['marimo', 'jupyter_server', 'ipykernel'].map((name) => versionOf(python, name)),
  );
  return {
    ours: `This notebook ${version}`,
    marimo: `marimo ${marimo}`,
    jupyter: `Jupyter (Server ${server}, ipykernel ${kernel})`,
    python: execFileSync(python, ['--version'], { encoding: 'utf8' }).trim(),
  };
}

const page = pageOf(
  {
    values: await playAll(values),
    reruns: await playAll(reruns),
    limits: await playAll(limits),
  },
  await versions(),
);
await mkdir(join(root, 'docs'), { recursive: true });
await writeFile(join(root, 'docs/semantics.md'), page);
