import { execFileSync } from 'node:child_process';

/** The interpreter that all sides come from: `RNB_PYTHON`, or whatever `python3` is. */
export const python =
  process.env.RNB_PYTHON ??
  execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();

/** No more than a program needs to run: a setting such as PYTHONUNBUFFERED must not speed up or slow down one side. */
export const plainEnvironment: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: process.env.HOME,
};
