import { createHash } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { explainFailure } from './explain-failure.ts';
import { type PythonInterpreter, probePython } from './find-python.ts';
import { runProcess } from './run-process.ts';

/** What every notebook can import without anybody having installed it. */
export const defaultPackages = ['numpy', 'pandas', 'pyarrow', 'matplotlib', 'plotly', 'altair'];

/** Written last, so that a folder without it is a half-made one and is made anew. */
const Marker = z.object({
  /** The interpreter it was made from. */
  basePython: z.string(),
  /** Of the packages it holds; null while they are missing. */
  requirementsHash: z.string().nullable(),
});
type Marker = z.infer<typeof Marker>;

const markerName = 'reactive-notebook.json';

export class VirtualEnvironmentFailed extends Error {
  override name = 'VirtualEnvironmentFailed';
}

interface Tools {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

/** A virtual environment on disk. Its interpreter is usable at once; its packages come afterwards. */
export interface VirtualEnvironment {
  folder: string;
  python: PythonInterpreter;
  marker: Marker;
}

/** The environment in this folder, or null when there is none that works. */
export async function findVirtualEnvironment(
  folder: string,
  tools: Tools,
): Promise<VirtualEnvironment | null> {
  const marker = await readMarker(folder);
  if (marker === null) return null;
  const python = await probePython(pythonIn(folder), tools.env, tools.signal);
  if (python === null) return null;
  return { folder, marker, python: { path: pythonIn(folder), version: python.version } };
}

/** Makes the folder anew. Pip is left to `installPackages`: without it this takes a tenth of a second. */
export async function createVirtualEnvironment(
  folder: string,
  base: PythonInterpreter,
  tools: Tools,
): Promise<VirtualEnvironment> {
  await rm(folder, { recursive: true, force: true });
  const made = await runProcess(base.path, ['-m', 'venv', '--without-pip', folder], tools);
  const python =
    made.code === 0 ? await probePython(pythonIn(folder), tools.env, tools.signal) : null;
  if (python === null) throw new VirtualEnvironmentFailed(explainFailure(made.output));
  const marker: Marker = { basePython: base.path, requirementsHash: null };
  await writeMarker(folder, marker);
  return { folder, marker, python: { path: pythonIn(folder), version: python.version } };
}

export function hasPackages(environment: VirtualEnvironment, packages: string[]): boolean {
  return environment.marker.requirementsHash === hashOf(packages);
}

/** Installs one package after the other, so that progress can be told and what works is there when one fails. */
export async function installPackages(
  environment: VirtualEnvironment,
  packages: string[],
  tools: Tools,
  onPackage: (name: string, index: number) => void,
): Promise<void> {
  const pip = await findPip(environment, tools);
  for (const [index, name] of packages.entries()) {
    onPackage(name, index);
    // Builds only: compiling pandas takes half an hour and a compiler, and then fails with a page of C errors.
    const args = ['install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off'];
    const { code, output } = await runProcess(
      pip.file,
      [...pip.args, ...args, '--only-binary', ':all:', name],
      tools,
    );
    if (code !== 0) {
      throw new VirtualEnvironmentFailed(
        `${name} could not be installed: ${explainFailure(output)}`,
      );
    }
  }
  environment.marker = { ...environment.marker, requirementsHash: hashOf(packages) };
  await writeMarker(environment.folder, environment.marker);
}

/** The environment's own pip; or, where Debian's python3-venv is missing, the pip that belongs to the base Python. */
async function findPip(
  environment: VirtualEnvironment,
  tools: Tools,
): Promise<{ file: string; args: string[] }> {
  const own = { file: environment.python.path, args: ['-m', 'pip'] };
  if ((await runProcess(own.file, [...own.args, '--version'], tools)).code === 0) return own;
  const made = await runProcess(own.file, ['-m', 'ensurepip', '--default-pip'], tools);
  if (made.code === 0) return own;

  const base = {
    file: environment.marker.basePython,
    args: ['-m', 'pip', '--python', environment.python.path],
  };
  if ((await runProcess(base.file, [...base.args, '--version'], tools)).code === 0) return base;
  throw new VirtualEnvironmentFailed(
    'packages could not be installed: this Python has no pip (on Debian and Ubuntu: apt install python3-venv)',
  );
}

function pythonIn(folder: string): string {
  return join(folder, 'bin', 'python');
}

function hashOf(packages: string[]): string {
  return createHash('sha256').update(packages.join('\n')).digest('hex');
}

async function readMarker(folder: string): Promise<Marker | null> {
  try {
    return Marker.parse(JSON.parse(await readFile(join(folder, markerName), 'utf8')));
  } catch {
    return null;
  }
}

async function writeMarker(folder: string, marker: Marker): Promise<void> {
  const path = join(folder, markerName);
  await writeFile(`${path}.new`, JSON.stringify(marker));
  await rename(`${path}.new`, path);
}
