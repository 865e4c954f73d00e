import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './run-command.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const macApplication = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome';

/** The browser that the journeys drive: `CHROMIUM`, or one on PATH; installed where we may. Null when there is none. */
export async function findChromium(): Promise<string | null> {
  const found = installed();
  if (found !== null) return found;
  const mayInstall = process.getuid?.() === 0 && existsSync('/etc/debian_version');
  if (mayInstall) {
    console.log('Installing Chromium with apt-get');
    const env = { DEBIAN_FRONTEND: 'noninteractive' };
    const updated = await runCommand('apt-get', ['update', '-qq'], { env });
    if (updated) {
      const args = ['install', '-y', '-qq', '--no-install-recommends', 'chromium'];
      await runCommand('apt-get', args, { env });
    }
  }
  return installed();
}

function installed(): string | null {
  const configured = process.env.CHROMIUM;
  if (configured !== undefined && existsSync(configured)) return configured;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = [
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
    macApplication,
  ];
  return candidates.find((path) => existsSync(path)) ?? null;
}
