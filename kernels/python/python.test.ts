import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = new URL('tests/', import.meta.url).pathname;
/** With the libraries that the tests need, where `npm test` has prepared one. */
const prepared = new URL('../../.cache/test-python/bin/python', import.meta.url).pathname;
const python = process.env.RNB_PYTHON ?? (existsSync(prepared) ? prepared : 'python3');
const files = readdirSync(folder).filter((name) => /^test_.*\.py$/.test(name));

test('there are Python tests', () => expect(files).not.toEqual([]));

test.each(files)('%s', { timeout: 300_000 }, async (name) => {
  const run = promisify(execFile)(python, ['-B', '-m', 'unittest', name], { cwd: folder });
  // unittest reports on stderr, and exits with 1 when a test fails.
  const { stderr } = await run;
  expect(stderr).toMatch(/^OK/m);
});
