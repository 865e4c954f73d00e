/** `npm test`: everything, on a machine where nothing was prepared. The last line counts the tests. */
import { buildWeb } from './build-web.ts';
import { broken, check, report, runTests, sum } from './check.ts';
import { prepareClerkFiles } from './clerk-files.ts';
import { findChromium } from './find-chromium.ts';
import { prepareTestPython } from './test-python.ts';

const python = await prepareTestPython();
const env = python === null ? {} : { RNB_PYTHON: python };
const unit =
  python === null
    ? sum([await check(), broken('The Python environment of the tests could not be made')])
    : await check(env);

const chromium = await findChromium();
if (chromium === null) {
  console.error(
    'The browser journeys need Chromium. Install it (Debian: apt-get install chromium), or set CHROMIUM to its path.',
  );
}
// Without them, the journeys with Clerk fail by themselves.
await prepareClerkFiles();
const ready = (await buildWeb()) && chromium !== null && python !== null;
const journeys = ready
  ? await runTests('Journeys', ['--config', 'e2e/vitest.config.ts'], { ...env, CHROMIUM: chromium })
  : broken('The journeys did not run: the page was not built, or Chromium or Python is missing');

const proof =
  python === null
    ? broken('The proof did not run: Python is missing')
    : await runTests('Proof', ['--config', 'prove/vitest.config.ts'], env);

report(sum([unit, journeys, proof]));
