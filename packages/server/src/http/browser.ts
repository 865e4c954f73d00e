import type { FastifyRequest } from 'fastify';
import type { Browser } from '../auth/local-accounts.ts';

/** What a session remembers of whoever starts it. */
export function browserOf({ ip, headers }: Pick<FastifyRequest, 'ip' | 'headers'>): Browser {
  return { address: ip, userAgent: headers['user-agent'] };
}
