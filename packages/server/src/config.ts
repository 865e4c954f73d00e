/**
 * The settings: the only place that reads the environment. Everything else is given a `Config`.
 *
 * A setting that is wrong stops the start, and every fault is told at once, in a sentence that names the variable,
 * what it holds (never for a secret) and what it may hold. An empty variable counts as unset.
 */
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { clerkHostOf, SignUpPolicy } from '@rnb/protocol';
import { z } from 'zod';
import { type ClerkSettings, isTestKey, publicKeyPem } from './auth/clerk/clerk-settings.ts';

export interface Config {
  host: string;
  /** 0 lets the system choose a free one. */
  port: number;
  dataDir: string;
  /** Null: the server runs its own PostgreSQL in the data directory. */
  databaseUrl: string | null;
  /** What cookies and share links hang on; null: a secret that the server keeps in the data directory. */
  authSecret: string | null;
  /** By its name, the secret that the database may be used with from now on; null: none but the former. */
  acceptedAuthSecret: string | null;
  /** Origins besides its own from which browsers may use the server, as `https://notebooks.example.org`. */
  allowedOrigins: string[];
  /** Proxies whose word is taken for where a request comes from: addresses or networks. */
  trustedProxies: string[];
  /** Who may make a local account: anybody, whoever the administrator invited, or nobody. */
  signUp: SignUpPolicy;
  /** The Clerk instance that signs people in; null: local accounts. */
  clerk: ClerkSettings | null;
  sandbox: 'auto' | 'bubblewrap' | 'uid' | 'none';
  kernelNetwork: 'off' | 'public' | 'open';
  /** The interpreter for Python cells; null: the server looks after one. */
  python: string | null;
  /** An API token that acts as the owner. */
  token: string | null;
  logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal';
}

interface Setting {
  schema: z.ZodType<unknown, string>;
  /** What it may hold, to complete "it must be …". */
  allowed: string;
  /** What it does, for `--help`. */
  meaning: string;
  default: string;
  secret?: true;
}

const port = z
  .string()
  .regex(/^\d{1,5}$/)
  .transform(Number)
  .pipe(z.number().max(65_535));

const origins = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().refine(isOrigin)));

const proxies = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim()))
  .pipe(z.array(z.string().refine(isNetwork)));

const clerkApi = z
  .string()
  .transform((text) => text.replace(/\/$/, ''))
  .refine((text) => isOrigin(text) && (text.startsWith('https:') || isLoopback(hostOf(text))));

/** Every setting, in the order in which `--help` lists them. */
export const settings = {
  HOST: {
    schema: z.string().regex(/^[A-Za-z0-9.:-]+$/),
    allowed: 'a host name or an address, as 127.0.0.1 or ::1',
    meaning: 'address to listen on',
    default: '127.0.0.1',
  },
  PORT: {
    schema: port,
    allowed: 'a whole number from 0 to 65535 (0: any free port)',
    meaning: 'port to listen on',
    default: '4747',
  },
  DATA_DIR: {
    schema: z.string(),
    allowed: 'a folder',
    meaning: 'folder for everything the server keeps',
    default: 'the place for application data on this system',
  },
  DATABASE_URL: {
    schema: z.string().regex(/^postgres(ql)?:\/\/\S+$/),
    allowed: 'a PostgreSQL connection string, as postgresql://user:password@host/database',
    meaning: 'PostgreSQL to use',
    default: 'a PostgreSQL of its own in DATA_DIR',
    secret: true,
  },
  AUTH_SECRET: {
    schema: z.string().regex(/^[\x21-\x7e]{32,512}$/),
    allowed: 'at least 32 characters without spaces, for example from `openssl rand -hex 32`',
    meaning: 'what cookies and share links hang on; the same for all servers of a database',
    default: 'made on the first start, in DATA_DIR',
    secret: true,
  },
  ACCEPT_AUTH_SECRET: {
    schema: z.string().regex(/^[0-9a-f]{12}$/),
    allowed: 'the 12 characters that a stopped start tells',
    meaning: 'goes on with another secret: people sign in anew, share links are dead',
    default: 'a start with another secret stops',
  },
  ALLOWED_ORIGINS: {
    schema: origins,
    allowed: 'origins separated by commas, as https://notebooks.example.org (no path, no *)',
    meaning: 'addresses at which browsers reach the server through a proxy',
    default: 'none but its own',
  },
  TRUSTED_PROXIES: {
    schema: proxies,
    allowed: 'addresses or networks separated by commas, as 10.0.0.0/8, or loopback',
    meaning: 'proxies that tell the true address of a client (X-Forwarded-For)',
    default: 'none',
  },
  SIGN_UP: {
    schema: SignUpPolicy,
    allowed: 'open, invite or closed',
    meaning: 'who may make an account: anybody, by invitation, nobody',
    default: 'invite',
  },
  CLERK_PUBLISHABLE_KEY: {
    schema: z.string().refine((key) => clerkHostOf(key) !== null),
    allowed: 'a publishable key of Clerk, as pk_live_…',
    meaning: 'Clerk signs people in, instead of local accounts (or VITE_CLERK_PUBLISHABLE_KEY)',
    default: 'local accounts',
  },
  CLERK_SECRET_KEY: {
    schema: z.string().regex(/^sk_(test|live)_[\x21-\x7e]{10,200}$/),
    allowed: 'a secret key of Clerk, as sk_live_…',
    meaning: 'fetches the keys that verify tokens, and names and addresses, from Clerk',
    default: 'none; then CLERK_JWT_KEY is needed',
    secret: true,
  },
  CLERK_JWT_KEY: {
    schema: z.string().transform(publicKeyPem).pipe(z.string()),
    allowed: 'a public RSA key as PEM, “-----BEGIN PUBLIC KEY-----…”',
    meaning: 'verifies the tokens of Clerk without asking it',
    default: 'the keys are fetched',
    secret: true,
  },
  CLERK_WEBHOOK_SECRET: {
    schema: z
      .string()
      .regex(/^whsec_(?:[A-Za-z0-9+/]{4})+(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/),
    allowed: 'the signing secret of a webhook endpoint, as whsec_…',
    meaning: 'Clerk tells who signed out, was banned or deleted (POST /api/clerk/webhooks)',
    default: 'none: they are out within a minute, their API tokens within five',
    secret: true,
  },
  CLERK_API_URL: {
    schema: clerkApi,
    allowed: 'an address as https://api.clerk.com (http only on this machine)',
    meaning: "Clerk's Backend API",
    default: 'https://api.clerk.com',
  },
  SANDBOX: {
    schema: z.enum(['auto', 'bubblewrap', 'uid', 'none']),
    allowed: 'auto, bubblewrap, uid or none',
    meaning: 'how kernels are kept apart from the server',
    default: 'auto',
  },
  KERNEL_NETWORK: {
    schema: z.enum(['off', 'public', 'open']),
    allowed: 'off, public or open',
    meaning: 'what cells may reach over the network',
    default: 'open',
  },
  RNB_PYTHON: {
    schema: z.string(),
    allowed: 'the path of a Python interpreter',
    meaning: 'Python for the cells',
    default: 'a virtual environment in DATA_DIR',
  },
  RNB_TOKEN: {
    schema: z.string().regex(/^[\x21-\x7e]{16,512}$/),
    allowed: 'at least 16 characters without spaces, for example from `openssl rand -hex 32`',
    meaning: 'API token of the owner (Authorization: Bearer …)',
    default: 'no token',
    secret: true,
  },
  LOG_LEVEL: {
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']),
    allowed: 'trace, debug, info, warn, error or fatal',
    meaning: 'how much is logged on standard error',
    default: 'warn',
  },
} satisfies Record<string, Setting>;

/** Settings of capabilities that are not there yet: to ignore one could mean to serve less safely than was asked. */
const notSupportedYet = ['REDIS_URL'] as const;

export type ConfigResult = { ok: true; config: Config } | { ok: false; faults: string[] };

export function readConfig(given: Record<string, string | undefined>): ConfigResult {
  const env: typeof given = {
    ...given,
    // Where the page was built with one, too.
    CLERK_PUBLISHABLE_KEY: given.CLERK_PUBLISHABLE_KEY || given.VITE_CLERK_PUBLISHABLE_KEY,
  };
  const faults: string[] = notSupportedYet
    .filter((name) => env[name])
    .map((name) => `${name} is set, but this version does not support it yet: unset it.`);

  function read<T>(name: keyof typeof settings, schema: z.ZodType<T, string>, unset: T): T {
    const text = env[name]?.trim();
    if (!text) return unset;
    const parsed = schema.safeParse(text);
    if (parsed.success) return parsed.data;
    const setting: Setting = settings[name];
    const holds = setting.secret ? 'is not valid' : `is ${JSON.stringify(text)}`;
    faults.push(`${name} ${holds}; it must be ${setting.allowed}.`);
    return unset;
  }

  function readClerk(): ClerkSettings | null {
    const of = settings;
    const publishableKey = read<string | null>(
      'CLERK_PUBLISHABLE_KEY',
      of.CLERK_PUBLISHABLE_KEY.schema,
      null,
    );
    const others = {
      secretKey: read<string | null>('CLERK_SECRET_KEY', of.CLERK_SECRET_KEY.schema, null),
      jwtKey: read<string | null>('CLERK_JWT_KEY', of.CLERK_JWT_KEY.schema, null),
      webhookSecret: read<string | null>(
        'CLERK_WEBHOOK_SECRET',
        of.CLERK_WEBHOOK_SECRET.schema,
        null,
      ),
      apiUrl: read('CLERK_API_URL', of.CLERK_API_URL.schema, 'https://api.clerk.com'),
    };
    const host = publishableKey && clerkHostOf(publishableKey);
    if (!publishableKey || !host) return null;
    return { publishableKey, issuer: `https://${host}`, ...others };
  }

  const config: Config = {
    host: read('HOST', settings.HOST.schema, '127.0.0.1'),
    port: read('PORT', settings.PORT.schema, 4747),
    dataDir: resolve(read('DATA_DIR', settings.DATA_DIR.schema, defaultDataDir(env))),
    databaseUrl: read<string | null>('DATABASE_URL', settings.DATABASE_URL.schema, null),
    authSecret: read<string | null>('AUTH_SECRET', settings.AUTH_SECRET.schema, null),
    acceptedAuthSecret: read<string | null>(
      'ACCEPT_AUTH_SECRET',
      settings.ACCEPT_AUTH_SECRET.schema,
      null,
    ),
    allowedOrigins: read('ALLOWED_ORIGINS', settings.ALLOWED_ORIGINS.schema, []),
    trustedProxies: read('TRUSTED_PROXIES', settings.TRUSTED_PROXIES.schema, []),
    signUp: read('SIGN_UP', settings.SIGN_UP.schema, 'invite'),
    clerk: readClerk(),
    sandbox: read('SANDBOX', settings.SANDBOX.schema, 'auto'),
    kernelNetwork: read('KERNEL_NETWORK', settings.KERNEL_NETWORK.schema, 'open'),
    python: read<string | null>('RNB_PYTHON', settings.RNB_PYTHON.schema, null),
    token: read<string | null>('RNB_TOKEN', settings.RNB_TOKEN.schema, null),
    logLevel: read('LOG_LEVEL', settings.LOG_LEVEL.schema, 'warn'),
  };

  if (config.sandbox === 'bubblewrap' || config.sandbox === 'uid') {
    faults.push(
      `SANDBOX is "${config.sandbox}", but this version has no sandbox yet: leave it unset on 127.0.0.1.`,
    );
  }
  if (config.kernelNetwork !== 'open') {
    faults.push(
      `KERNEL_NETWORK is "${config.kernelNetwork}", but without a sandbox cells can reach every network: it must be open.`,
    );
  }
  if (!isLoopback(config.host) && config.sandbox !== 'none') {
    faults.push(
      `HOST is "${config.host}", which others can reach, and cells run without a sandbox: whoever signs in has this machine. ` +
        'Use 127.0.0.1, or set SANDBOX=none to accept that.',
    );
  }
  faults.push(...clerkFaults(env, config));
  return faults.length > 0 ? { ok: false, faults } : { ok: true, config };
}

/** What is wrong with the settings of Clerk together, and beside the others. */
function clerkFaults(env: Record<string, string | undefined>, config: Config): string[] {
  const { clerk } = config;
  const faults: string[] = [];
  if (!env.CLERK_PUBLISHABLE_KEY) {
    const set = [
      'CLERK_SECRET_KEY',
      'CLERK_JWT_KEY',
      'CLERK_WEBHOOK_SECRET',
      'CLERK_API_URL',
    ].filter((name) => env[name]);
    if (set.length === 0) return [];
    return [
      `${set.join(' and ')} ${set.length === 1 ? 'is' : 'are'} set without CLERK_PUBLISHABLE_KEY, which browsers need: ` +
        'set that too, or unset all of Clerk for local accounts.',
    ];
  }
  const built = env.VITE_CLERK_PUBLISHABLE_KEY;
  if (built && built !== env.CLERK_PUBLISHABLE_KEY) {
    faults.push(
      'CLERK_PUBLISHABLE_KEY and VITE_CLERK_PUBLISHABLE_KEY are not the same: unset one of them.',
    );
  }
  if (!env.CLERK_SECRET_KEY && !env.CLERK_JWT_KEY) {
    faults.push(
      'CLERK_PUBLISHABLE_KEY is set without CLERK_SECRET_KEY or CLERK_JWT_KEY, of which the server needs one to verify who signs in: ' +
        'set one, or unset CLERK_PUBLISHABLE_KEY for local accounts.',
    );
  }
  for (const name of ['RNB_TOKEN', 'SIGN_UP']) {
    if (!env[name]) continue;
    faults.push(
      `${name} is for local accounts, and Clerk signs people in: unset it, or unset all of Clerk.`,
    );
  }
  if (!isLoopback(config.host) && config.allowedOrigins.length === 0) {
    faults.push(
      `HOST is "${config.host}", and Clerk's tokens are good for known addresses alone: set ALLOWED_ORIGINS to those at which browsers reach the server.`,
    );
  }
  if (isLoopback(config.host) && config.sandbox !== 'none') {
    faults.push(
      'Clerk signs in others than you, and cells run without a sandbox: whoever signs in has this machine. ' +
        'Set SANDBOX=none to accept that, or unset all of Clerk.',
    );
  }
  if (!clerk) return faults;
  const { publishableKey, secretKey } = clerk;
  if (secretKey && isTestKey(secretKey) !== isTestKey(publishableKey)) {
    faults.push(
      'CLERK_PUBLISHABLE_KEY and CLERK_SECRET_KEY are of two instances, one for development and one for production: take both from one.',
    );
  }
  if (env.NODE_ENV === 'production') {
    if (isTestKey(publishableKey) || (secretKey && isTestKey(secretKey))) {
      faults.push(
        'NODE_ENV is "production", and the keys of Clerk are those of a development instance (pk_test_…, sk_test_…): take those of a production instance.',
      );
    }
    if (isLoopback(hostOf(clerk.apiUrl))) {
      faults.push(
        `NODE_ENV is "production", and CLERK_API_URL is "${clerk.apiUrl}", which is on this machine: unset it.`,
      );
    }
  }
  return faults;
}

/** True for names and addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** An address, a network of addresses, or a name that the proxies' library knows. */
function isNetwork(text: string): boolean {
  const [address = '', bits, ...rest] = text.split('/');
  if (bits === undefined && ['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const longest = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  if (longest < 0 || rest.length > 0) return false;
  // A network of everybody would let everybody say where they come from.
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= longest)
  );
}

/** The host in an address, an IPv6 one without its brackets. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[|\]$/g, '');
}

function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function defaultDataDir(env: Record<string, string | undefined>): string {
  const name = 'reactive-notebook';
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', name);
  }
  if (process.platform === 'win32') {
    return join(env.LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), name);
  }
  // Root's home is closed to the unprivileged user that PostgreSQL runs as.
  if (process.getuid?.() === 0 && !env.XDG_DATA_HOME) return join('/var/lib', name);
  return join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), name);
}
