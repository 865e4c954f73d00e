/** `npm run check`: what must be true of every commit, in under a minute. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { cacheDir, installedProgram } from './repository.ts';
import { runCommand } from './run-command.ts';

export interface Tally {
  passed: number;
  failed: number;
}

const Report = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
});

/** Runs a Vitest project and counts its tests. A run that broke without a failing test counts as one. */
export async function runTests(
  title: string,
  args: string[],
  env: NodeJS.ProcessEnv = {},
): Promise<Tally> {
  console.log(`\n${title}`);
  const report = join(cacheDir, `${title.toLowerCase().replaceAll(' ', '-')}.json`);
  await mkdir(cacheDir, { recursive: true });
  await rm(report, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const ok = await runCommand(installedProgram('vitest'), ['run', ...reporters, ...args], { env });
  const text = await readFile(report, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 1 };
  const { success, numPassedTests, numFailedTests } = Report.parse(JSON.parse(text));
  const failed = ok && success ? numFailedTests : Math.max(1, numFailedTests);
  return { passed: numPassedTests, failed };
}

async function runStep(title: string, command: string, args: string[]): Promise<Tally> {
  console.log(`\n${title}`);
  return { passed: 0, failed: (await runCommand(command, args)) ? 0 : 1 };
}

/** Everything is run, also after a failure, so that one look shows all there is to do. */
export async function check(env: NodeJS.ProcessEnv = {}): Promise<Tally> {
  return sum([
    await runStep('Format and lint', installedProgram('biome'), ['check', '.']),
    await runStep('Walls between packages', process.execPath, ['scripts/check-walls.ts']),
    await runStep('Types', installedProgram('tsc'), ['-p', '.']),
    await runStep('Types of the web', installedProgram('tsc'), ['-p', 'packages/web']),
    await runTests('Unit tests', [], env),
  ]);
}

export function sum(tallies: Tally[]): Tally {
  return tallies.reduce(
    (total, { passed, failed }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
    }),
    { passed: 0, failed: 0 },
  );
}

/** The last line of a run, which CI reads. */
export function report({ passed, failed }: Tally): void {
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.main) report(await check());
