/**
 * Watches the Python modules of a notebook's folder that its cells import, and says which cells a change concerns.
 *
 * A top-level name is what is followed: `mylib.py`, or all of the package `mylib/`, with what they import of the folder
 * themselves. A file counts as changed when its text is another one, so that a cell which writes a module and imports it
 * comes to rest. Only the folder itself and the folders of imported packages are watched, whatever else lies beside
 * them; events only say when to look, and what is found is compared with what was there.
 */
import { createHash } from 'node:crypto';
import { type FSWatcher, watch } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { Analyser } from '../kernels/kernel.ts';

/** So long after the first event of several: an editor may empty a file and then write it. */
const settleMs = 50;
/** Of a package that is larger only these are looked at. */
const filesAtMost = 2_000;

export interface ModuleWatchOptions {
  /** The notebook's folder, from which its cells import. */
  folder: string;
  analyser: Analyser;
  /** Cells that import what has changed, directly or through other modules of the folder. */
  onChange(cells: string[]): void;
  onError(error: unknown): void;
}

/** A file of Python, as it was when it was last looked at. */
interface SourceFile {
  top: string;
  stamp: string;
  digest: string;
  modifiedAt: number;
  /** Top-level names; of a file with a syntax error those from before it. */
  imports: readonly string[];
}

export class ModuleWatch {
  readonly #options: ModuleWatchOptions;
  /** The top-level names that each cell imports. */
  readonly #cells = new Map<string, readonly string[]>();
  readonly #watchers = new Map<string, FSWatcher>();
  /** Names that were looked for, whether they are in the folder or not. */
  #wanted: ReadonlySet<string> = new Set();
  #files = new Map<string, SourceFile>();
  /** When a cell was followed that nobody has looked for yet. */
  #followedAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #closed = false;

  constructor(options: ModuleWatchOptions) {
    this.#options = options;
  }

  /** What a cell imports from now on, as its analysis has it; nothing where the cell is gone. */
  follow(cell: string, imports: readonly string[]): void {
    const before = this.#cells.get(cell) ?? [];
    const tops = topNames(imports);
    if (this.#closed || tops.join() === before.join()) return;
    if (tops.length === 0) this.#cells.delete(cell);
    else this.#cells.set(cell, tops);
    this.#followedAt = Math.min(this.#followedAt, Date.now());
    this.#look();
  }

  /** Resolves when nothing of it is under way any more. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
    await this.#looking;
  }

  /** One at a time; what happens meanwhile is seen by the next. */
  #look(): void {
    this.#lookAgain = true;
    this.#looking ??= this.#lookWhileAsked()
      .catch((error: unknown) => {
        if (!this.#closed) this.#options.onError(error);
      })
      .finally(() => {
        this.#looking = undefined;
      });
  }

  async #lookWhileAsked(): Promise<void> {
    // Cells that are followed in the same turn are looked for together.
    await Promise.resolve();
    while (this.#lookAgain && !this.#closed) {
      this.#lookAgain = false;
      const followedAt = this.#followedAt;
      this.#followedAt = Number.POSITIVE_INFINITY;
      const { wanted, files } = await this.#survey();
      if (this.#closed) return;
      const changed = this.#changed(wanted, files, followedAt);
      this.#wanted = wanted;
      this.#files = files;
      this.#unwatchOthers();
      const cells = changed.size === 0 ? [] : this.#reaching(changed);
      if (cells.length > 0) this.#options.onChange(cells);
    }
  }

  /** What the cells import, and what that imports, as it is in the folder now. */
  async #survey(): Promise<{ wanted: Set<string>; files: Map<string, SourceFile> }> {
    const wanted = new Set<string>();
    const files = new Map<string, SourceFile>();
    let next = new Set([...this.#cells.values()].flat());
    // Watched before it is read, so that no change falls between.
    if (next.size > 0) this.#watch(this.#options.folder);
    while (next.size > 0 && !this.#closed) {
      for (const top of next) wanted.add(top);
      const found = (await Promise.all([...next].map((top) => this.#filesOf(top)))).flat();
      await this.#read(found, files);
      const imported = found.flatMap((path) => files.get(path)?.imports ?? []);
      next = new Set(imported.filter((top) => !wanted.has(top)));
    }
    return { wanted, files };
  }

  /** Paths of the module or the package of this name. */
  async #filesOf(top: string): Promise<string[]> {
    const path = join(this.#options.folder, top);
    const found: string[] = [`${path}.py`];
    const folders = [path];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      const state = await stat(folder).catch(() => null);
      if (state?.isDirectory() !== true || this.#closed) continue;
      this.#watch(folder);
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      for (const entry of entries) {
        if (isPythonFile(entry.name)) found.push(join(folder, entry.name));
        else if (entry.isDirectory() && mayBePackage(entry.name)) {
          folders.push(join(folder, entry.name));
        }
      }
      if (found.length > filesAtMost) break;
    }
    return found.slice(0, filesAtMost);
  }

  /** Adds those that are there to `files`; only what is new is read and analysed. */
  async #read(paths: readonly string[], files: Map<string, SourceFile>): Promise<void> {
    const fresh: { path: string; file: SourceFile; source: string }[] = [];
    await Promise.all(
      paths.map(async (path) => {
        const state = await stat(path, { bigint: true }).catch(() => null);
        if (state?.isFile() !== true) return;
        const known = this.#files.get(path);
        const stamp = `${state.mtimeNs} ${state.size} ${state.ino}`;
        if (known?.stamp === stamp) {
          files.set(path, known);
          return;
        }
        const content = await readFile(path).catch(() => null);
        // It went away meanwhile.
        if (content === null) return;
        const file = {
          top: topOf(this.#options.folder, path),
          stamp,
          digest: createHash('sha256').update(content).digest('base64'),
          modifiedAt: Number(state.mtimeMs),
          imports: known?.imports ?? [],
        };
        files.set(path, file);
        if (file.digest !== known?.digest) {
          fresh.push({ path, file, source: content.toString('utf8') });
        }
      }),
    );
    if (fresh.length === 0) return;
    const sources = fresh.map(({ source }) => ({ kind: 'python', source }));
    const results = await this.#options.analyser.analyse(sources);
    fresh.forEach(({ path, file }, index) => {
      const result = results[index];
      if (result?.ok === true) {
        files.set(path, { ...file, imports: topNames(result.imports ?? []) });
      }
    });
  }

  /** Names that are other modules now than before, those that came or went among them. */
  #changed(
    wanted: ReadonlySet<string>,
    files: ReadonlyMap<string, SourceFile>,
    followedAt: number,
  ): Set<string> {
    const changed = new Set<string>();
    for (const [path, { top, digest, modifiedAt }] of files) {
      const isOther = this.#wanted.has(top)
        ? this.#files.get(path)?.digest !== digest
        : // Written since a cell wants it, which may have run by then.
          modifiedAt > followedAt;
      if (isOther) changed.add(top);
    }
    for (const [path, { top }] of this.#files) {
      if (wanted.has(top) && !files.has(path)) changed.add(top);
    }
    return changed;
  }

  /** The cells that import one of these, through however many modules. */
  #reaching(changed: ReadonlySet<string>): string[] {
    const importers = new Map<string, Set<string>>();
    for (const { top, imports } of this.#files.values()) {
      for (const imported of imports) {
        const known = importers.get(imported);
        if (known === undefined) importers.set(imported, new Set([top]));
        else known.add(top);
      }
    }
    const reached = new Set(changed);
    for (const top of reached) {
      for (const importer of importers.get(top) ?? []) reached.add(importer);
    }
    return [...this.#cells]
      .filter(([, tops]) => tops.some((top) => reached.has(top)))
      .map(([cell]) => cell);
  }

  #watch(folder: string): void {
    if (this.#watchers.has(folder)) return;
    try {
      const watcher = watch(folder, { persistent: false }, (_kind, name) =>
        this.#notice(folder, name),
      );
      watcher.on('error', () => this.#unwatch(folder));
      this.#watchers.set(folder, watcher);
    } catch (error) {
      // It went away meanwhile, which its own folder tells of; or the system watches too much already.
      if (!isMissing(error)) this.#options.onError(error);
    }
  }

  #notice(folder: string, name: string | null): void {
    if (name !== null) {
      // Whatever it was: it may have been replaced, and then the watcher looks at what is gone.
      this.#unwatch(join(folder, name));
      const top = isPythonFile(name) ? name.slice(0, -'.py'.length) : name;
      const concerns =
        folder === this.#options.folder
          ? this.#wanted.has(top) || this.#looking !== undefined
          : isPythonFile(name) || mayBePackage(name);
      if (!concerns) return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, settleMs);
    this.#timer.unref();
  }

  /** With all that lies in it. */
  #unwatch(folder: string): void {
    if (folder === this.#options.folder) return;
    for (const [path, watcher] of this.#watchers) {
      if (path === folder || path.startsWith(folder + sep)) {
        watcher.close();
        this.#watchers.delete(path);
      }
    }
  }

  /** Folders of packages that nobody imports any more. */
  #unwatchOthers(): void {
    const { folder } = this.#options;
    for (const [path, watcher] of this.#watchers) {
      const isWanted =
        path === folder ? this.#cells.size > 0 : this.#wanted.has(topOf(folder, path));
      if (isWanted) continue;
      watcher.close();
      this.#watchers.delete(path);
    }
  }
}

function topNames(imports: readonly string[]): string[] {
  const tops = imports.map((name) => name.split('.', 1)[0] ?? '');
  return [...new Set(tops)].filter((top) => top !== '').sort();
}

function topOf(folder: string, path: string): string {
  const first = path.slice(folder.length + 1).split(sep, 1)[0] ?? '';
  return first.endsWith('.py') ? first.slice(0, -'.py'.length) : first;
}

function isPythonFile(name: string): boolean {
  return name.endsWith('.py');
}

function mayBePackage(name: string): boolean {
  return !name.includes('.') && name !== '__pycache__';
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
