#!/usr/bin/env node
/** The command line: `serve` is what it does unless told otherwise. */
import { main, readVersion, settings } from '@rnb/server';

const [command = 'serve'] = process.argv.slice(2);

switch (command) {
  case 'serve':
    await main();
    break;
  case '--help':
  case '-h':
  case 'help':
    console.log(help());
    break;
  case '--version':
  case '-v':
    console.log(await readVersion());
    break;
  default:
    console.error(`There is no command "${command}".\n\n${help()}`);
    process.exitCode = 2;
}

function help(): string {
  const width = Math.max(...Object.keys(settings).map((name) => name.length));
  const lines = Object.entries(settings).map(
    ([name, { meaning, default: unset }]) =>
      `  ${name.padEnd(width)} ${meaning} (default: ${unset})`,
  );
  return [
    'Usage: reactive-notebook [serve | --help | --version]',
    '',
    'Settings, from the environment:',
    ...lines,
  ].join('\n');
}
