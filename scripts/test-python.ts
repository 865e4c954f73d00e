import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findPython } from '../packages/server/src/environment/find-python.ts';
import {
  createVirtualEnvironment,
  defaultPackages,
  findVirtualEnvironment,
  hasPackages,
  installPackages,
  VirtualEnvironmentFailed,
} from '../packages/server/src/environment/virtual-environment.ts';
import { cacheDir } from './repository.ts';

/** Beyond what every notebook has: libraries whose values the kernel also shows. */
const packages = [...defaultPackages, 'polars', 'pillow'];

/** The interpreter that tests run cells with. Kept from run to run. Null, having said why, when it cannot be had. */
export async function prepareTestPython(): Promise<string | null> {
  const folder = join(cacheDir, 'test-python');
  const tools = { env: process.env, signal: new AbortController().signal };
  try {
    let environment = await findVirtualEnvironment(folder, tools);
    if (environment === null) {
      const search = await findPython(process.env);
      if (!search.ok) throw new VirtualEnvironmentFailed(search.detail);
      await mkdir(cacheDir, { recursive: true });
      environment = await createVirtualEnvironment(folder, search.python, tools);
    }
    if (!hasPackages(environment, packages)) {
      await installPackages(environment, packages, tools, (name, index) =>
        console.log(`Installing ${name} for the tests (${index + 1} of ${packages.length})`),
      );
    }
    return environment.python.path;
  } catch (error) {
    if (!(error instanceof VirtualEnvironmentFailed)) throw error;
    console.error(`There is no Python for the tests: ${error.message}`);
    return null;
  }
}
