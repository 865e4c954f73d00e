/** `npm run check`: what must be true of every commit, in under a minute. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';
import { cacheDir, installedProgram, root } from './repository.ts';
import { runCommand } from './run-command.ts';

export interface Tally {
  passed: number;
  failed: number;
  /** What failed, with its message: told once more at the end, where a long log is read first. */
  failures: string[];
}

const Report = z.object({
  success: z.boolean(),
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  testResults: z.array(
    z.object({
      name: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(
        z.object({
          status: z.string(),
          fullName: z.string(),
          failureMessages: z.array(z.string()).nullish(),
        }),
      ),
    }),
  ),
});

export function broken(what: string): Tally {
  return { passed: 0, failed: 1, failures: [what] };
}

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
  if (text === null) return broken(`${title}: ended without a report`);
  const { success, numPassedTests, numFailedTests, testResults } = Report.parse(JSON.parse(text));
  const failed = ok && success ? numFailedTests : Math.max(1, numFailedTests);
  const failures = testResults.flatMap(({ name, message, assertionResults }) => {
    const file = relative(root, name);
    const ofTests = assertionResults
      .filter((test) => test.status === 'failed')
      .map(
        (test) => `${file}: ${test.fullName}\n${(test.failureMessages ?? []).map(own).join('\n')}`,
      );
    return message ? [`${file}: ${message}`, ...ofTests] : ofTests;
  });
  const unexplained = failed > 0 && failures.length === 0;
  return {
    passed: numPassedTests,
    failed,
    failures: unexplained ? [`${title}: broke outside its tests`] : failures,
  };
}

/** A failure's message without the runner's own part of the stack. */
function own(message: string): string {
  return message
    .split('\n')
    .filter((line) => !line.includes('node_modules'))
    .join('\n');
}

async function runStep(title: string, command: string, args: string[]): Promise<Tally> {
  console.log(`\n${title}`);
  return (await runCommand(command, args)) ? { passed: 0, failed: 0, failures: [] } : broken(title);
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
    (total, { passed, failed, failures }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      failures: [...total.failures, ...failures],
    }),
    { passed: 0, failed: 0, failures: [] },
  );
}

/** The failures, and the last line of a run, which CI reads. */
export function report({ passed, failed, failures }: Tally): void {
  for (const failure of failures) console.log(`\nFAILED ${failure}`);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.main) report(await check());
