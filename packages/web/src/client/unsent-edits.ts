/**
 * What was written and is not known to be saved, kept for its writer while no notebook holds it: the tab is away to
 * sign in, shows another page, or its writer may not edit. It lies in the tab's own storage, which the way to another
 * site and back does not empty and the end of the tab does; what has no room there, in the memory of the page. It is
 * given to nobody but who wrote it.
 */
import { CellKind } from '@rnb/protocol';
import { z } from 'zod';
import { parseJson } from './parse-json.ts';

/** A cell as it stands in this tab alone. */
export type UnsentCell = z.infer<typeof UnsentCell>;
const UnsentCell = z.object({
  id: z.string(),
  kind: CellKind,
  /** Where it stands, from 1. */
  number: z.number(),
  code: z.string(),
});

export type Unsent = z.infer<typeof Unsent>;
const Unsent = z.object({
  /** Of the document, in base64. */
  update: z.string(),
  /** To be shown to whoever may not send it. */
  cells: z.array(UnsentCell),
});

const prefix = 'unsent:';
const keyOf = (notebook: string, user: string): string => `${prefix}${notebook}:${user}`;
const inMemory = new Map<string, string>();
const listeners = new Set<() => void>();

/** False where the end of the page would lose it: there is no room for it, or the browser keeps nothing. */
export function keepUnsent(notebook: string, user: string, unsent: Unsent): boolean {
  const key = keyOf(notebook, user);
  const text = JSON.stringify(unsent);
  const isStored = ifStored((storage) => {
    storage.setItem(key, text);
    return true;
  }, false);
  if (isStored) inMemory.delete(key);
  else inMemory.set(key, text);
  tellListeners();
  return isStored;
}

/** What was kept, which stays kept until it is forgotten. */
export function findUnsent(notebook: string, user: string): Unsent | null {
  const text = read(keyOf(notebook, user));
  return text === null ? null : (Unsent.safeParse(parseJson(text)).data ?? null);
}

/** Calls when something is kept or forgotten; returns how to stop. */
export function subscribeUnsent(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** It has been saved, or its writer wants it no more; what was kept since in its place stays. */
export function forgetUnsent(notebook: string, user: string, { update }: Unsent): void {
  if (findUnsent(notebook, user)?.update === update) remove(keyOf(notebook, user));
}

/** Somebody signs out, and leaves nothing to whoever has the tab next. */
export function forgetUnsentOf(user: string): void {
  for (const key of keysOf(user)) remove(key);
}

/** Whether something is kept that the end of the page loses, even if the page comes back. */
export const isMemoryNeeded = (): boolean => inMemory.size > 0;

export const hasUnsentOf = (user: string): boolean => keysOf(user).length > 0;

function keysOf(user: string): string[] {
  const stored = ifStored((storage) => Object.keys(storage), []);
  return [...new Set([...stored, ...inMemory.keys()])].filter(
    (key) => key.startsWith(prefix) && key.endsWith(`:${user}`),
  );
}

const read = (key: string): string | null =>
  inMemory.get(key) ?? ifStored((storage) => storage.getItem(key), null);

function remove(key: string): void {
  inMemory.delete(key);
  ifStored((storage) => storage.removeItem(key), undefined);
  tellListeners();
}

function tellListeners(): void {
  for (const listener of [...listeners]) listener();
}

function ifStored<T>(use: (storage: Storage) => T, otherwise: T): T {
  try {
    return use(sessionStorage);
  } catch {
    return otherwise;
  }
}
