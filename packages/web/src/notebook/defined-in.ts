import type { CellGraph } from '@rnb/protocol';

/** The names that a cell gives to those below: what it made itself, and what another made and it changes in place. */
export function definedIn({
  defines,
  mutates: changed = [],
}: Pick<CellGraph, 'defines' | 'mutates'>): {
  made: readonly string[];
  changed: readonly string[];
} {
  return { made: defines.filter((name) => !changed.includes(name)), changed };
}
