/**
 * How much one person, or one address that nobody has signed in from, may ask for in a time. Counted in this process:
 * each server of a database has limits of its own.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from './problem.ts';

/** What a route counts as beside being a request. `invite`: it may tell whether somebody has an account. */
export type Limited = 'invite';

declare module 'fastify' {
  interface FastifyContextConfig {
    limited?: Limited;
  }
}

export interface RateLimits {
  /** Counts a request of somebody; throws the Refusal of one too many. */
  take(userId: string, limited: Limited | undefined): Promise<void>;
  /** Counts credentials that stand for nobody; throws the Refusal of one too many. */
  takeFailure(address: string): Promise<void>;
}

/** Points in so many seconds. */
export interface Limit {
  points: number;
  duration: number;
}

export const defaultLimits = {
  /** Twenty a second, in the mean of a minute: beyond what pages and agents ask, below what hurts. */
  requests: { points: 1_200, duration: 60 },
  invites: { points: 200, duration: 3_600 },
  /** Looked up or verified they are in any case, so that nobody suffers from a neighbour behind the same address. */
  failures: { points: 60, duration: 60 },
} satisfies Record<string, Limit>;

export function createRateLimits(
  limits: Record<keyof typeof defaultLimits, Limit> = defaultLimits,
): RateLimits {
  const requests = new RateLimiterMemory(limits.requests);
  const invites = new RateLimiterMemory(limits.invites);
  const failures = new RateLimiterMemory(limits.failures);
  return {
    async take(userId, limited) {
      await consume(requests, userId, 'Too many requests');
      if (limited === 'invite') await consume(invites, userId, 'Too many invitations');
    },
    takeFailure: (address) => consume(failures, address, 'Too many wrong sign-ins'),
  };
}

/** Counts one more under this key; throws the Refusal of one too many. */
export async function consume(
  limiter: RateLimiterMemory,
  key: string,
  what: string,
): Promise<void> {
  try {
    await limiter.consume(key);
  } catch (rejected) {
    if (!(rejected instanceof RateLimiterRes)) throw rejected;
    const seconds = Math.max(1, Math.ceil(rejected.msBeforeNext / 1000));
    const when = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
    throw new Refusal('too_many_requests', `${what} in a short time. Try again in ${when}.`, {
      retryAfterS: seconds,
    });
  }
}
