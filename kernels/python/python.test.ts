import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = new URL('tests/', import.meta.url).pathname;
const files = readdirSync(folder).filter((name) => /^test_.*\.py$/.test(name));

test('there are Python tests', () => expect(files).not.toEqual([]));

test.each(files)('%s', { timeout: 120_000 }, async (name) => {
  const run = promisify(execFile)('python3', ['-B', '-m', 'unittest', name], { cwd: folder });
  // unittest reports on stderr, and exits with 1 when a test fails.
  const { stderr } = await run;
  expect(stderr).toMatch(/^OK/m);
});
