/**
 * How much one person, or one network that nobody has signed in from, may ask for in a time. Counted in this process:
 * each server of a database has limits of its own.
 */
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Refusal } from './problem.ts';

/** Points in so many seconds. */
export interface Limit {
  points: number;
  duration: number;
}

export const defaultLimits = {
  /** Of a person. Twenty a second, in the mean of a minute: beyond what pages and agents ask, below what hurts. */
  requests: { points: 1_200, duration: 60 },
  /** Of a person: what may tell whether somebody has an account. */
  invites: { points: 200, duration: 3_600 },
  /**
   * Credentials from one network that stand for nobody. Looked up or verified they are in any case, so that nobody
   * suffers from a neighbour.
   */
  failures: { points: 60, duration: 60 },
  /** Wrong passwords for one account from one network: nobody can lock out somebody elsewhere. */
  accountTries: { points: 10, duration: 600 },
  /** Wrong passwords from one network, for whichever accounts. */
  networkTries: { points: 60, duration: 600 },
  /** Links and invitations that are none, from one network. */
  secretTries: { points: 10, duration: 60 },
  /** New accounts from one network, and what may tell that there is one. */
  signUps: { points: 20, duration: 3_600 },
  /** Wrong passwords of somebody who is signed in: whoever found a browser open must not guess the password in it. */
  passwords: { points: 10, duration: 600 },
} satisfies Record<string, Limit>;

export type LimitName = keyof typeof defaultLimits;

const tooMany: Record<LimitName, string> = {
  requests: 'Too many requests',
  invites: 'Too many invitations',
  failures: 'Too many wrong sign-ins',
  accountTries: 'Too many wrong sign-ins',
  networkTries: 'Too many wrong sign-ins',
  secretTries: 'Too many wrong sign-ins',
  signUps: 'Too many new accounts',
  passwords: 'Too many wrong passwords',
};

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What a call of the route counts as beside being a request of its caller. */
    limited?: LimitName;
  }
}

export interface Limiter {
  /** Counts one more under this key; throws the Refusal of one too many. */
  take(key: string): Promise<void>;
  /** That one was none of those that are limited. */
  giveBack(key: string): Promise<void>;
}

export type RateLimits = Record<LimitName, Limiter>;

export function createRateLimits(limits: Record<LimitName, Limit> = defaultLimits): RateLimits {
  const limiter = (name: LimitName) => limiterOf(limits[name], tooMany[name]);
  return {
    requests: limiter('requests'),
    invites: limiter('invites'),
    failures: limiter('failures'),
    accountTries: limiter('accountTries'),
    networkTries: limiter('networkTries'),
    secretTries: limiter('secretTries'),
    signUps: limiter('signUps'),
    passwords: limiter('passwords'),
  };
}

function limiterOf(limit: Limit, what: string): Limiter {
  const counted = new RateLimiterMemory(limit);
  return {
    async take(key) {
      try {
        await counted.consume(key);
      } catch (rejected) {
        if (!(rejected instanceof RateLimiterRes)) throw rejected;
        const seconds = Math.max(1, Math.ceil(rejected.msBeforeNext / 1000));
        const when = seconds < 120 ? `${seconds} s` : `${Math.ceil(seconds / 60)} minutes`;
        throw new Refusal('too_many_requests', `${what} in a short time. Try again in ${when}.`, {
          retryAfterS: seconds,
        });
      }
    },
    async giveBack(key) {
      await counted.reward(key);
    },
  };
}
