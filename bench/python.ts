import { execFileSync } from 'node:child_process';

/** The interpreter of both sides: `RNB_PYTHON`, or whatever `python3` is. */
export const python =
  process.env.RNB_PYTHON ??
  execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
