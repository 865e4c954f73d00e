/**
 * Clerk's browser packages as its CDN serves them, for the journeys: two tarballs of npm, by their digests. They are
 * no dependencies, because with them would come five hundred packages that nothing here runs.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './repository.ts';
import { runCommand } from './run-command.ts';

/** Those that the installed `@clerk/react` asks for, as `npm view <package> dist.integrity` has their digests. */
const packages = [
  {
    name: 'clerk-js',
    version: '6.40.0',
    sha512:
      '2MnZ/ygvuCmeuqfXQmsxfQaLN/SSJvQbtT2cLXbgr5VKr3KmZFZBVvX977fG3eZ6pprl4J9pO+I2bbe6BvColg==',
  },
  {
    name: 'ui',
    version: '1.34.0',
    sha512:
      'EP6Wcf+iqV5hJRMjfmVSOb7wWEgt2DuUOnR3Yv/ULPdmGgGWa64oc4tB4VfD66z8nXgtXqHEXNNnGURAOfQ7vQ==',
  },
] as const;

/** The folder with one folder a package, which the next run finds again. Null, having said why, when they cannot be had. */
export async function prepareClerkFiles(): Promise<string | null> {
  const folder = join(cacheDir, 'clerk');
  await mkdir(folder, { recursive: true });
  for (const { name, version, sha512 } of packages) {
    const place = join(folder, `${name}-${version}`);
    if (existsSync(place)) continue;
    console.log(`Fetching @clerk/${name} ${version} for the journeys`);
    const fetched = await runCommand('npm', [
      'pack',
      `@clerk/${name}@${version}`,
      '--silent',
      '--pack-destination',
      folder,
    ]);
    const tarball = join(folder, `clerk-${name}-${version}.tgz`);
    if (!fetched || !existsSync(tarball)) {
      console.error(`npm could not fetch @clerk/${name} ${version}, which the journeys need.`);
      return null;
    }
    const digest = createHash('sha512')
      .update(await readFile(tarball))
      .digest('base64');
    if (digest !== sha512) {
      console.error(`@clerk/${name} ${version} is not what it was: its digest is ${digest}.`);
      await rm(tarball);
      return null;
    }
    const unpacked = join(folder, `${name}.unpacking`);
    await rm(unpacked, { recursive: true, force: true });
    await mkdir(unpacked);
    const args = ['-xzf', tarball, '-C', unpacked, '--strip-components', '1'];
    if (!(await runCommand('tar', args))) return null;
    await rm(tarball);
    for (const other of await readdir(folder)) {
      if (new RegExp(`^${name}-[\\d.]+$`).test(other)) {
        await rm(join(folder, other), { recursive: true });
      }
    }
    // Not before all of it is there.
    await rename(unpacked, place);
  }
  return folder;
}

if (import.meta.main) process.exitCode = (await prepareClerkFiles()) === null ? 1 : 0;
