import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { python } from './python.ts';

const run = promisify(execFile);
const folder = join(dirname(import.meta.dirname), '.cache/bench-python');
const requirements = join(import.meta.dirname, 'requirements.txt');

/**
 * The interpreter of an environment that has the peers and what the cells import, made if it is not there as
 * requirements.txt has it. Every notebook, ours too, runs its cells with it.
 */
export async function benchPython(): Promise<string> {
  const interpreter = join(folder, 'bin/python');
  const stamp = join(folder, 'made-of.txt');
  const wanted = `${python}\n${await readFile(requirements, 'utf8')}`;
  const made = await readFile(stamp, 'utf8').catch(() => null);
  if (made === wanted) return interpreter;
  console.log(`Making the environment of the peers in ${folder}`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await run(python, ['-m', 'venv', folder]);
  const env = { ...process.env, PIP_DISABLE_PIP_VERSION_CHECK: '1', PIP_NO_INPUT: '1' };
  await run(interpreter, ['-m', 'pip', 'install', '--quiet', '--requirement', requirements], {
    env,
  });
  await writeFile(stamp, wanted);
  return interpreter;
}

/** The version of an installed package. */
export async function versionOf(interpreter: string, distribution: string): Promise<string> {
  const code = `from importlib.metadata import version; print(version('${distribution}'))`;
  return (await run(interpreter, ['-c', code])).stdout.trim();
}
