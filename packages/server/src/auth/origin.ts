/**
 * Which hosts and origins are ours. A page of a stranger must neither use a browser's cookie (cross-site requests and
 * sockets) nor reach the server under a name of its own (DNS rebinding). Compared exactly, never by pattern.
 */
import type { Config } from '../config.ts';
import { isLoopback } from '../config.ts';

type Names = Pick<Config, 'host' | 'allowedOrigins'>;

/** Whether a request's `Host` header names this server. Any port: a tunnel may end at another one. */
export function isOwnHost(host: string | undefined, names: Names): boolean {
  if (!host || !URL.canParse(`http://${host}`)) return false;
  const url = new URL(`http://${host}`);
  if (url.host !== host.toLowerCase() && `${url.host}:80` !== host.toLowerCase()) return false;
  const name = url.hostname.replace(/^\[|\]$/g, '');
  if (isLoopback(name) || name === names.host.toLowerCase()) return true;
  return names.allowedOrigins.some((origin) => new URL(origin).host === url.host);
}

/** Whether an `Origin` header is the server's own, given the request's `Host`. */
export function isOwnOrigin(
  origin: string | undefined,
  host: string | undefined,
  names: Names,
): boolean {
  return origin !== undefined && ownOrigins(host, names).includes(origin);
}

/**
 * Every origin at which browsers use the server, given a request's `Host`; none when the host itself is not ours. Of a
 * host that is reached by https, the http origin is a stranger's: anybody on the way can put a page there.
 */
export function ownOrigins(host: string | undefined, names: Names): string[] {
  if (!host || !isOwnHost(host, names)) return [];
  const plain = new URL(`http://${host}`);
  if (names.allowedOrigins.includes(`https://${plain.host}`)) return names.allowedOrigins;
  return [plain.origin, ...names.allowedOrigins];
}
