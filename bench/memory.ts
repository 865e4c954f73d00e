import { readFileSync } from 'node:fs';
import { descendantsOf } from './peers/server-process.ts';

/** What the system could still give to programs, in MiB. */
export function availableMiB(): number {
  return kibibytes(readFileSync('/proc/meminfo', 'utf8'), 'MemAvailable') / 1_024;
}

/** Of the process and all that it started: memory, with what several share divided among them, in MiB. */
export function proportionalMiB(pid: number): number {
  let sum = 0;
  for (const each of [pid, ...descendantsOf(pid)]) {
    try {
      sum += kibibytes(readFileSync(`/proc/${each}/smaps_rollup`, 'utf8'), 'Pss');
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum / 1_024;
}

function kibibytes(text: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0);
}
