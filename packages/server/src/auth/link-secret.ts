import { createHmac, timingSafeEqual } from 'node:crypto';

/**
 * The secrets of share links: a link's id and a code that only the server can make of it. So the database has nothing
 * that opens a notebook, and an owner can be shown a link again.
 */
export interface LinkSecrets {
  /** What goes into the address. */
  secretOf(link: string): string;
  /** The link's id; null for what this server did not make. */
  linkOf(secret: string): string | null;
}

/** `key` is the server's own secret; with another one, all links are dead. */
export function linkSecrets(key: string): LinkSecrets {
  const codeOf = (link: string) =>
    createHmac('sha256', key).update(`share-link:${link}`).digest('base64url').slice(0, 32);
  return {
    secretOf: (link) => `${link}.${codeOf(link)}`,
    linkOf(secret) {
      const [, link, code] = /^([0-9a-f]{32})\.([\w-]{32})$/.exec(secret) ?? [];
      if (link === undefined || code === undefined) return null;
      return timingSafeEqual(Buffer.from(code), Buffer.from(codeOf(link))) ? link : null;
    },
  };
}
