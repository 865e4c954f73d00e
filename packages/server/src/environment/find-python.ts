import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { runProcess } from './run-process.ts';

export interface PythonInterpreter {
  /** The executable itself: shims and wrappers are looked through. */
  path: string;
  /** As `3.11.7`. */
  version: string;
}

export type PythonSearch =
  | { ok: true; python: PythonInterpreter }
  /** `detail` is for people: what is wrong and what to do. */
  | { ok: false; detail: string };

const oldest = { major: 3, minor: 9 };
const newestKnownMinor = 14;
const probeTimeoutMs = 15_000;

const probe = `import json, sys
print(json.dumps({"path": sys.executable, "version": "%d.%d.%d" % sys.version_info[:3]}))`;
const ProbeAnswer = z.object({ path: z.string().min(1), version: z.string() });

/** The interpreter that the operator named: that one or none. */
export async function checkConfiguredPython(
  configured: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PythonSearch> {
  const python = await probePython(configured, env, signal);
  if (python === null) {
    return {
      ok: false,
      detail: `RNB_PYTHON is ${configured}, which does not run as Python. Set it to the path of a Python 3.9 or newer, or remove it.`,
    };
  }
  if (!isNewEnough(python.version)) {
    return {
      ok: false,
      detail: `RNB_PYTHON is ${configured}, which is Python ${python.version}. Python 3.9 or newer is needed.`,
    };
  }
  // As it was given: the interpreter of a virtual environment finds its packages by the path it is called by.
  return { ok: true, python: { path: configured, version: python.version } };
}

/** The first Python on PATH that is new enough: `python3`, then numbered ones from the newest down, then `python`. */
export async function findPython(
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PythonSearch> {
  const tooOld: PythonInterpreter[] = [];
  for (const name of candidateNames()) {
    for (const path of executablesOnPath(name, env.PATH ?? '')) {
      const python = await probePython(path, env, signal);
      if (python === null) continue;
      if (isNewEnough(python.version)) return { ok: true, python };
      tooOld.push(python);
    }
  }
  const found = tooOld[0];
  return {
    ok: false,
    detail:
      found === undefined
        ? 'No Python was found. Install Python 3.9 or newer, or set RNB_PYTHON to one, and start again.'
        : `The Python found, ${found.path}, is ${found.version}. Install Python 3.9 or newer, or set RNB_PYTHON to one, and start again.`,
  };
}

/** Null when it does not run, or does not answer as Python does. */
export async function probePython(
  path: string,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<PythonInterpreter | null> {
  const { code, output } = await runProcess(path, ['-I', '-S', '-c', probe], {
    env,
    signal,
    timeoutMs: probeTimeoutMs,
  });
  if (code !== 0) return null;
  try {
    return ProbeAnswer.parse(JSON.parse(output));
  } catch {
    return null;
  }
}

function isNewEnough(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > oldest.major || (major === oldest.major && minor >= oldest.minor);
}

function candidateNames(): string[] {
  const numbered: string[] = [];
  for (let minor = newestKnownMinor; minor >= oldest.minor; minor -= 1) {
    numbered.push(`python3.${minor}`);
  }
  return ['python3', ...numbered, 'python'];
}

function executablesOnPath(name: string, path: string): string[] {
  return path
    .split(delimiter)
    .filter(isAbsolute)
    .map((folder) => join(folder, name))
    .filter((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
