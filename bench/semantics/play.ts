/** Plays a program as a user would, and says what each cell shows in the end. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import type { PeerNotebook, PeerServer, Shown } from '../peers/peer.ts';
import { finalCells, type Program, type Step } from './programs.ts';

/** Letter → what the cell shows, in document order. */
export type Played = Record<string, Shown>;

/** Letter → what the script prints there, and what ends it. Cells that it does not reach are left out. */
export type Scripted = Record<string, { stdout: string; error: string | null }>;

export interface Outcome {
  before: Played;
  after: Played;
  /** After all cells were run once more, from top to bottom. */
  afterRunAll: Played;
}

export async function play(server: PeerServer, title: string, program: Program): Promise<Outcome> {
  const letters = Object.keys(program.cells);
  const notebook = await server.create(title, Object.values(program.cells));
  const ids = new Map(letters.map((letter, position) => [letter, idAt(notebook, position)]));
  const idOf = (letter: string): string => {
    const id = ids.get(letter);
    if (id === undefined) throw new Error(`${program.name} has no cell ${letter}.`);
    return id;
  };
  await notebook.run(notebook.cells);
  const before = read(notebook, ids);
  for (const step of program.steps) {
    await take(notebook, step, idOf);
    if ('remove' in step) ids.delete(step.remove);
  }
  const after = read(notebook, ids);
  await notebook.run(notebook.cells);
  const afterRunAll = read(notebook, ids);
  await server.discard(title);
  return { before, after, afterRunAll };
}

async function take(notebook: PeerNotebook, step: Step, idOf: (letter: string) => string) {
  if ('remove' in step) await notebook.remove(idOf(step.remove));
  else if ('move' in step) {
    await notebook.move(idOf(step.move), step.after === null ? null : idOf(step.after));
  } else {
    const cell = idOf('edit' in step ? step.edit : step.run);
    if ('edit' in step) notebook.setCode(cell, step.to);
    await notebook.run([cell]);
  }
}

function read(notebook: PeerNotebook, ids: ReadonlyMap<string, string>): Played {
  const letters = new Map([...ids].map(([letter, id]) => [id, letter]));
  return Object.fromEntries(
    notebook.cells.map((id) => [letters.get(id) ?? id, { ...notebook.shown(id) }]),
  );
}

function idAt(notebook: PeerNotebook, position: number): string {
  const id = notebook.cells[position];
  if (id === undefined) throw new Error(`There is no cell ${position}.`);
  return id;
}

/** The final cells as a script, in a process of its own. */
export async function runScript(
  python: string,
  folder: string,
  program: Program,
): Promise<Scripted> {
  const cells = finalCells(program);
  const child = spawn(python, ['-I', new URL('script.py', import.meta.url).pathname], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(cells.map(({ code }) => code)));
  const results: Scripted[string][] = JSON.parse(await text(child.stdout));
  return Object.fromEntries(
    results.map((result, position) => [cells[position]?.letter ?? '', result]),
  );
}
