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

/** Whether an `Origin` header is the server's own, given the request's `Host`, which was found to be ours before. */
export function isOwnOrigin(
  origin: string | undefined,
  host: string | undefined,
  names: Names,
): boolean {
  if (!origin || !host) return false;
  return origin === `http://${host.toLowerCase()}` || names.allowedOrigins.includes(origin);
}

/** Every origin that `isOwnOrigin` accepts for this `Host`; none when the host itself is not ours. */
export function ownOrigins(host: string | undefined, names: Names): string[] {
  if (!host || !isOwnHost(host, names)) return [];
  return [`http://${host.toLowerCase()}`, ...names.allowedOrigins];
}
