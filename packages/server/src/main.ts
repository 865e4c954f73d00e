/** The server as a process: reads the settings, serves, says where, and ends in order. */
import { type Config, readConfig } from './config.ts';
import { loadDrizzleAsCommonJs } from './drizzle-loading.ts';
import type { RunningServer } from './serve.ts';

export { settings } from './config.ts';
export { readVersion } from './version.ts';

const drainMs = 20_000;

/** Serves until a signal ends it. The exit code: 0 in order, 1 failed, 2 refused for its settings. */
export async function main(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const result = readConfig(env);
  if (!result.ok) {
    for (const fault of result.faults) console.error(fault);
    process.exitCode = 2;
    return;
  }
  const { config } = result;
  let server: RunningServer;
  try {
    loadDrizzleAsCommonJs();
    // Hundreds of modules: not for wrong settings, `--help` or `--version`, and only when Drizzle's loading is set.
    const { serve } = await import('./serve.ts');
    server = await serve(config, env);
  } catch (error) {
    console.error(explainStart(error, config));
    process.exit(1);
  }

  let closing = false;
  async function end(exitCode: number): Promise<void> {
    // A second signal: whoever asks is in a hurry.
    if (closing) process.exit(exitCode || 1);
    closing = true;
    const overdue = setTimeout(() => {
      console.error(`Not everything had ended after ${drainMs / 1000} s.`);
      process.exit(1);
    }, drainMs);
    try {
      await server.close();
    } catch (error) {
      console.error('Could not end in order:', error);
      exitCode ||= 1;
    }
    clearTimeout(overdue);
    process.exit(exitCode);
  }
  process.on('SIGINT', () => void end(0));
  process.on('SIGTERM', () => void end(0));
  // After a bug that nobody caught the state is anybody's guess: what is stored is safe, so start anew.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(event, (error: unknown) => {
      console.error('A bug ends the server:', error);
      void end(1);
    });
  }

  if (config.sandbox === 'none' && (config.host !== '127.0.0.1' || config.clerk)) {
    console.warn('SANDBOX=none: whoever signs in can do on this machine whatever the server can.');
  }
  if (config.clerk === null && config.signUp === 'open' && config.sandbox === 'none') {
    console.warn('SIGN_UP=open: whoever reaches this server can make an account and sign in.');
  }
  if (server.signInLink) {
    console.log('Reactive Notebook is ready. Sign in, once, with this link:');
    console.log(`\n  ${server.signInLink}\n`);
  } else {
    console.log('Reactive Notebook is ready. Sign in with Clerk at:');
    console.log(`\n  ${config.allowedOrigins[0] ?? server.url}\n`);
  }
}

function explainStart(error: unknown, { host, port, dataDir }: Config): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} on ${host} is in use, perhaps by another Reactive Notebook. Set PORT to a free one, or to 0 for any.`;
    case 'EACCES':
      return `Not allowed to listen on port ${port} of ${host}, or to write to DATA_DIR: ${String(error)}`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return `HOST is "${host}", which is no address of this machine.`;
    default:
      if (/ENOSPC|No space left on device|Disk quota exceeded/.test(String(error))) {
        return `The disk of DATA_DIR (${dataDir}) is full. Free some space and start again.`;
      }
      return error instanceof Error ? `Could not start: ${error.message}` : String(error);
  }
}

if (import.meta.main) await main();
