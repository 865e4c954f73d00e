/**
 * The composition: everything the server consists of, opened in order and closed in reverse. The one file that knows
 * all the parts; none of them knows it.
 */
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { openAuthSecret } from './auth/auth-secret.ts';
import type { Config } from './config.ts';
import { openPythonEnvironment } from './environment/python-environment.ts';
import { openFront } from './front.ts';
import { openIdentity } from './identity.ts';
import { PythonAnalyser } from './kernels/python-analyser.ts';
import { pythonLauncher } from './kernels/python-kernel.ts';
import { openRegistry } from './sessions/registry.ts';
import { openStore } from './store/open-store.ts';
import { SettingsStore } from './store/settings-store.ts';
import { readVersion } from './version.ts';

export interface RunningServer {
  /** Where it listens, as a browser on this machine reaches it; without a slash at the end. */
  url: string;
  /** Signs the owner in, once; null where Clerk signs people in. */
  signInLink: string | null;
  /** Takes no more requests, lets everything under way be stored, and ends every child process. */
  close(): Promise<void>;
}

const webDist = join(import.meta.dirname, '../../web/dist');

/**
 * `env` is the server's environment, of which Python and pip are given a part. Rejects with what stood in the way;
 * what was opened until then is closed again.
 */
export async function serve(config: Config, env: NodeJS.ProcessEnv): Promise<RunningServer> {
  const log = createLog(config);
  await using opened = new AsyncDisposableStack();
  const {
    store,
    db,
    notices,
    close: closeStore,
  } = await openStore(
    { dataDir: config.dataDir, ...(config.databaseUrl && { databaseUrl: config.databaseUrl }) },
    log,
  );
  opened.defer(closeStore);

  const secret = await openAuthSecret(config, new SettingsStore(db));
  const identity = await openIdentity({ config, db, store, notices, secret, log });
  opened.defer(() => identity.close());

  const environment = openPythonEnvironment({
    dataDir: config.dataDir,
    configuredPython: config.python,
    env,
    log,
  });
  opened.defer(() => environment.close());
  const analyser = new PythonAnalyser({ resolvePython: () => environment.basePython() });
  opened.defer(() => analyser.close());

  const python = pythonLauncher(() => environment.python());
  opened.defer(() => python.close());

  const registry = openRegistry({
    store,
    analyser,
    launchers: [python],
    environment,
    workRoot: join(config.dataDir, 'notebooks'),
    log,
  });
  opened.defer(() => registry.closeAll());

  const { app, ...front } = await openFront({
    ...identity,
    config,
    store,
    notices,
    sessions: registry,
    version: await readVersion(),
    webDist,
    log,
  });
  opened.defer(() => front.close());

  await app.listen({ host: config.host, port: config.port });
  const url = urlOf(app.server, config.host);
  const accounts = identity.local?.accounts ?? null;
  const signInLink = accounts && `${url}/sign-in#${await accounts.issueLink()}`;
  // Behind the scenes, and anew when its packages have been installed.
  void python.warm();
  opened.defer(
    environment.subscribe(({ state }) => {
      if (state === 'ready') void python.warm();
    }),
  );
  const closing = opened.move();
  return { url, signInLink, close: () => closing.disposeAsync() };
}

/** To standard error, so that standard output has what people read. Headers and bodies are never logged. */
function createLog(config: Config) {
  return pino(
    {
      level: config.logLevel,
      redact: {
        paths: ['req.headers', 'request.headers', '*.authorization', '*.cookie', '*.token'],
        remove: true,
      },
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** An address that listens on every interface is reached from this machine by the loopback one. */
function urlOf(server: Server, host: string): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${address.port}`;
}
