/**
 * A package is a wall (ARCHITECTURE.md). This check reads every import of our sources and names those that go through
 * one: a package that its package.json does not declare, a relative path into another package, anything at all in the
 * engine, and anything of ours but the kernel messages in kernels/.
 */
import { globSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { z } from 'zod';
import { root } from './repository.ts';

/** Ours, by who may know whom; a type-only import may also know what follows `types`. */
const mayKnow: Record<string, { values: string[]; types?: string[] }> = {
  '@rnb/engine': { values: [] },
  '@rnb/protocol': { values: [] },
  '@rnb/document': { values: ['@rnb/protocol'] },
  '@rnb/server': { values: ['@rnb/engine', '@rnb/document', '@rnb/protocol'] },
  '@rnb/web': { values: ['@rnb/document', '@rnb/protocol'], types: ['@rnb/engine'] },
  '@rnb/cli': { values: ['@rnb/server', '@rnb/protocol'] },
  '@rnb/e2e': { values: ['@rnb/server', '@rnb/protocol'] },
  '@rnb/prove': { values: ['@rnb/server', '@rnb/document', '@rnb/protocol'] },
  '@rnb/bench': { values: ['@rnb/document', '@rnb/e2e', '@rnb/protocol'] },
};

const Manifest = z.object({
  name: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});

interface Import {
  specifier: string;
  typeOnly: boolean;
}

export interface Source {
  /** From the repository's root. */
  path: string;
  text: string;
}

interface Package {
  folder: string;
  name: string;
  declared: Set<string>;
}

/** Each fault as a sentence that begins with the file. */
export function faultsOf(source: Source, owner: Package, shared: Set<string>): string[] {
  const isTest = /\.test\.tsx?$|\.e2e\.ts$|\/test\/|vitest\.config\.ts$/.test(source.path);
  return importsOf(source.text).flatMap(({ specifier, typeOnly }) => {
    const fault = faultOf({ specifier, typeOnly }, source.path, owner, isTest ? shared : new Set());
    return fault === null ? [] : [`${source.path}: ${fault}`];
  });
}

function faultOf(
  { specifier, typeOnly }: Import,
  path: string,
  owner: Package,
  shared: Set<string>,
): string | null {
  if (specifier.startsWith('.')) {
    const target = relative(root, resolve(root, dirname(path), specifier));
    return target.startsWith(`${owner.folder}/`)
      ? null
      : `'${specifier}' leaves ${owner.folder}; import the package by its name`;
  }
  const name = packageOf(specifier);
  if (shared.has(name)) return null;
  if (shared.size > 0 && isBuiltin(specifier)) return null;
  if (owner.name === '@rnb/engine') return `'${specifier}': the engine imports nothing`;
  if (isBuiltin(specifier)) return null;
  if (name === owner.name) return null;
  if (name.startsWith('@rnb/')) {
    const rule = mayKnow[owner.name] ?? { values: ['@rnb/protocol'] };
    const allowed = typeOnly ? [...rule.values, ...(rule.types ?? [])] : rule.values;
    if (!allowed.includes(name)) return `'${specifier}': ${owner.folder} may not know ${name}`;
  }
  return owner.declared.has(name) ? null : `'${specifier}' is not declared in its package.json`;
}

/** Static, side-effect and dynamic imports, and re-exports; the formatter keeps each on the shape that this reads. */
export function importsOf(text: string): Import[] {
  const statements = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?from\s+)?['"]([^'"]+)['"]/gm,
  );
  // With a placeholder it is text of another program.
  const calls = text.matchAll(/\bimport\(\s*['"]([^'"$]+)['"]/g);
  return [
    ...[...statements].map((m) => ({ specifier: m[2] ?? '', typeOnly: m[1] !== undefined })),
    ...[...calls].map((m) => ({ specifier: m[1] ?? '', typeOnly: false })),
  ];
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function readManifest(folder: string) {
  return Manifest.parse(JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')));
}

function readPackage(folder: string): Package {
  const { name, dependencies, devDependencies } = readManifest(folder);
  return { folder, name, declared: new Set(Object.keys({ ...dependencies, ...devDependencies })) };
}

function checkWalls(): string[] {
  const shared = new Set(Object.keys(readManifest('.').devDependencies));
  const kernels: Package = {
    folder: 'kernels',
    name: 'kernels',
    declared: new Set(['@rnb/protocol']),
  };
  const packages = globSync('{packages/*,e2e,bench,prove}/package.json', { cwd: root }).map(
    (file) => readPackage(dirname(file)),
  );
  return [...packages, kernels].flatMap((owner) =>
    globSync(`${owner.folder}/**/*.{ts,tsx}`, {
      cwd: root,
      exclude: (name) => name === 'node_modules' || name === 'dist',
    }).flatMap((path) =>
      faultsOf({ path, text: readFileSync(join(root, path), 'utf8') }, owner, shared),
    ),
  );
}

if (import.meta.main) {
  const faults = checkWalls();
  for (const fault of faults) console.error(fault);
  if (faults.length === 0) console.log('Every import stays within its walls');
  process.exitCode = faults.length === 0 ? 0 : 1;
}
